"""Scripts that make documents, figures and pictures of this project."""
