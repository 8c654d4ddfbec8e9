"""A mail server in memory: SMTP and IMAP on loopback, with one mailbox of ours and customers who write to it.

Strict where real servers are (exim 4.96 and dovecot 2.3 were watched), and able to misbehave. Imports none of the bot.
"""

from sandbox.mail.faults import FAULTS, Fault, Where
from sandbox.mail.standin import MailStandIn
from sandbox.mail.world import Folder, Message

__all__ = ["FAULTS", "Fault", "Folder", "MailStandIn", "Message", "Where"]
