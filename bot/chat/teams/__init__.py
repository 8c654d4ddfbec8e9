"""Microsoft Teams as a surface. Only `connector` knows botbuilder."""
