"""templatetags: what templates may say."""
