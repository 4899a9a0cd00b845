GREETINGS = frozenset({"Hello", "Good day"})


def call(name, *, greetings=tuple(sorted(GREETINGS))):
    return [f"{greeting}, {name}!" for greeting in greetings]
