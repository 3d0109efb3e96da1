def fall(steps):
    p = {"height": 10, "speed": 0, "bounces": 0}
    for _ in range(steps):
        p["speed"] = p["speed"] - 0.0625
        p["height"] = p["height"] + p["speed"] * 0.0625
        if p["height"] < 0:
            p["height"] = -p["height"]
            p["speed"] = -p["speed"]
            p["bounces"] = p["bounces"] + 1
    return p["bounces"]


assert fall(3000000) == 20833
