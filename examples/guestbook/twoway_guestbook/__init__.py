"""A guest book on a website, as a platform of Twoway."""
