"""Records on their way into a warehouse: Parquet files with documented columns, personal data left behind."""
