"""House rules: README's tables, the commands' help, pure modules, tracked files, CI and compose."""
