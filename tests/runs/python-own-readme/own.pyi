own: int
