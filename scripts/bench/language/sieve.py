def sieve(n):
    prime = [True] * n
    count = 0
    for i in range(2, n):
        if prime[i]:
            count = count + 1
            j = i * i
            while j < n:
                prime[j] = False
                j = j + i
    return count


assert sieve(2000000) == 148933
