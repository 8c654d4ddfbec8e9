"""For those who run Twoway: is it set up well, and what is there."""
