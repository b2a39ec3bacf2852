"""The sandbox of a customs office: it takes China's messages of retail imports and answers in the authority's format.

Nothing that it releases is released by China Customs. It reads the messages with the node's own reader, as a format;
its decisions, its store and its account of what each person has bought are its own.
"""
