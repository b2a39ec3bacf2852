"""China's customs: the messages of cross-border e-commerce retail import, edition 202205.

    write(message)   -> bytes     the XML of a message, after every length, form and code was checked
    check(message)   -> faults    what is wrong with a message
    read(bytes)      -> message   the values of an XML message, by the schema

`documents` and `answers` define every element; `messages` says which documents a message contains.
"""

from entrepot.connect.customs.cn.checks import check
from entrepot.connect.customs.cn.faults import Fault, MessageError
from entrepot.connect.customs.cn.messages import Message
from entrepot.connect.customs.cn.reader import read
from entrepot.connect.customs.cn.writer import write

__all__ = ["Fault", "Message", "MessageError", "check", "read", "write"]
