"""The only place that knows Textual: the dispatch console."""
