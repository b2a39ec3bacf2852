"""Lists of sanctions in the formats in which authorities publish them, read within bounds.

from entrepot.connect.screening_lists.read import read_list
found = read_list(content)      # UN XML, OFAC XML, OFAC CSV, or a CSV of one's own: told by its beginning
"""
