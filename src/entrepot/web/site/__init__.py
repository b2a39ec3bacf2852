"""The Django project: settings, URLs, WSGI, the administration."""
