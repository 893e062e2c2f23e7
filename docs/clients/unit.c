/* A vehicle's gateway in C, without any library: MQTT 3.1.1 over a plain socket.
 *
 *   cc -std=c11 -Wall -Wextra -Werror -o unit unit.c
 *   ./unit HOST PORT CITY UNIT [COUNT] [drill]
 *
 * It says that it lives (birth, and a Will for its death), sends COUNT positions, one a second, and says goodbye.
 * Messages as docs/asyncapi.json has them.
 */
#define _POSIX_C_SOURCE 200809L
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { LARGEST = 4096 };

static int connection = -1;
static const char *city, *unit;
static char node[80];
static bool drill;
static long long epoch; /* grows at each start */

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One message of the contract; `seq` counts from 1 for each topic. */
static size_t envelope(char *out, const char *type, unsigned long seq, const char *data) {
    long long now = now_ms();
    int length = snprintf(out, LARGEST,
        "{\"v\":1,\"type\":\"%s\",\"src\":{\"city\":\"%s\",\"node\":\"%s\",\"epoch\":%lld},\"seq\":%lu,"
        "\"ts_evt\":%lld,\"ts_pub\":%lld,\"drill\":%s,\"data\":%s}",
        type, city, node, epoch, seq, now, now, drill ? "true" : "false", data);
    if (length < 0 || length >= LARGEST) fail("the message is too long");
    return (size_t)length;
}

/* --- MQTT 3.1.1, just what is needed ------------------------------------------------------------------ */

static void send_all(const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) fail("the broker is gone");
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void receive_all(uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t got = recv(connection, bytes, length, 0);
        if (got <= 0) fail("the broker does not answer");
        bytes += got;
        length -= (size_t)got;
    }
}

static size_t put_text(uint8_t *to, const char *text, size_t length) {
    if (length > 65535) fail("a text is too long");
    to[0] = (uint8_t)(length >> 8);
    to[1] = (uint8_t)(length & 255);
    memcpy(to + 2, text, length);
    return length + 2;
}

static void send_packet(uint8_t head, const uint8_t *body, size_t length) {
    uint8_t start[5] = {head};
    size_t used = 1, rest = length;
    do {
        start[used++] = (uint8_t)(rest % 128 | (rest > 127 ? 128 : 0));
        rest /= 128;
    } while (rest > 0);
    send_all(start, used);
    send_all(body, length);
}

/* The next packet of the broker, which is short: this client subscribes to nothing. */
static void expect_packet(uint8_t type, uint8_t *body, size_t length) {
    uint8_t start[2];
    receive_all(start, 2);
    if (start[0] >> 4 != type || start[1] != length) fail("the broker answers something else");
    receive_all(body, length);
}

static void publish(const char *topic, const char *payload, size_t length, int qos, bool retain) {
    static uint16_t last_id;
    uint8_t body[2 * LARGEST], answer[2];
    size_t used = put_text(body, topic, strlen(topic));
    if (qos > 0) {
        last_id++;
        body[used++] = (uint8_t)(last_id >> 8);
        body[used++] = (uint8_t)(last_id & 255);
    }
    memcpy(body + used, payload, length);
    send_packet((uint8_t)(0x30 | qos << 1 | (retain ? 1 : 0)), body, used + length);
    if (qos > 0) {
        expect_packet(4, answer, 2); /* PUBACK */
        if (answer[0] << 8 != (last_id & 0xff00) || answer[1] != (last_id & 255)) fail("another message was acknowledged");
    }
}

static void connect_broker(const char *host, const char *port, const char *topic, const char *will, size_t will_length) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &hints, &found) != 0) fail("there is no such host");
    for (struct addrinfo *one = found; one != NULL && connection < 0; one = one->ai_next) {
        connection = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (connection >= 0 && connect(connection, one->ai_addr, one->ai_addrlen) != 0) {
            close(connection);
            connection = -1;
        }
    }
    freeaddrinfo(found);
    if (connection < 0) fail("nobody listens there");
    int yes = 1;
    struct timeval patience = {.tv_sec = 10};
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* else a round trip takes 90 ms */
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

    /* clean session, Will of QoS 1, retained; 30 s */
    static const uint8_t start[] = {0, 4, 'M', 'Q', 'T', 'T', 4, 0x2e, 0, 30};
    uint8_t body[2 * LARGEST], answer[2];
    memcpy(body, start, sizeof start);
    size_t used = sizeof start;
    used += put_text(body + used, node, strlen(node));
    used += put_text(body + used, topic, strlen(topic));
    used += put_text(body + used, will, will_length);
    send_packet(0x10, body, used);
    expect_packet(2, answer, 2);
    if (answer[1] != 0) fail("the broker refuses this client");
}

/* --- the life of a gateway ---------------------------------------------------------------------------- */

int main(int count, char **words) {
    if (count < 5) {
        fprintf(stderr, "usage: unit HOST PORT CITY UNIT [COUNT] [drill]\n");
        return 2;
    }
    city = words[3];
    unit = words[4];
    if (strlen(city) > 32 || strlen(unit) > 32) fail("city and unit have at most 32 letters");
    int positions = count > 5 ? atoi(words[5]) : 3;
    drill = count > 6 && strcmp(words[6], "drill") == 0;
    epoch = now_ms() / 1000;
    snprintf(node, sizeof node, "gateway-%s", unit);

    char state_topic[200], position_topic[200], message[LARGEST], data[400];
    snprintf(state_topic, sizeof state_topic, "czt/v1/%s/node/%s/state", city, node);
    snprintf(position_topic, sizeof position_topic, "czt/v1/%s/ems/unit/%s/position", city, unit);

    /* The Will's number comes before the birth's: a later life is never ended by it. */
    size_t length = envelope(message, "node.state", 1, "{\"state\":\"offline\",\"kind\":\"gateway\"}");
    connect_broker(words[1], words[2], state_topic, message, length);
    length = envelope(message, "node.state", 2, "{\"state\":\"online\",\"kind\":\"gateway\"}");
    publish(state_topic, message, length, 1, true);
    for (int step = 0; step < positions; step++) {
        snprintf(data, sizeof data,
            "{\"unit\":\"%s\",\"lat\":%.6f,\"lon\":112.95,\"datum\":\"wgs84\",\"accuracy_m\":8,\"speed_kmh\":40,"
            "\"heading_deg\":0}", unit, 28.2 + step * 1e-4);
        length = envelope(message, "unit.position", (unsigned long)step + 1, data);
        publish(position_topic, message, length, 0, false);
        struct timespec second = {.tv_sec = 1};
        nanosleep(&second, NULL);
    }
    length = envelope(message, "node.state", 3, "{\"state\":\"offline\",\"kind\":\"gateway\"}");
    publish(state_topic, message, length, 1, true); /* a clean end: the Will is not sent then */
    send_packet(0xe0, NULL, 0);
    close(connection);
    return 0;
}
