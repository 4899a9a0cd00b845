def check():
    return "first"
