"""The window: the API over the board, server-sent events, sign-in and the tablet's pages."""
