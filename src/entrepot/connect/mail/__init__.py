"""E-mail: which change mails whom (`topics`), the message in the reader's language (`compose`), and how it is sent."""
