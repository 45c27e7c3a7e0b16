"""What stops commlint from doing its work."""


class CommlintError(Exception):
    """Something the user can mend: a wrong path, option, configuration or model.

    Its text is one line that says what, where, and what to do; the command line prints it and exits with 2.
    """
