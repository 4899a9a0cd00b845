def call(name):
    raise ValueError(f"nothing for {name}")
