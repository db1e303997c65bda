"""A number with its noun, as English writes one and many."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    Parameters
    ----------
    number : int
    one : str
    many : str
        Default: the former with an s.

    Examples
    --------
    >>> counted(1, "community", "communities"), counted(0, "unit")
    ('1 community', '0 units')
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"
