"""The only place that knows MQTT: links, topics, payloads, intake, brokers."""
