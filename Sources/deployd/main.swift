print("deployd")
