def check():
    return "second"
