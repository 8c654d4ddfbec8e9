"""The transformer: its weights out of an installed package, its graph, its process. Knows no post's meaning."""
