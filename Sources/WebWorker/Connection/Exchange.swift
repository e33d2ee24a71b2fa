/// What an answer must know of its request.
struct Exchange {
    var isHead = false
    var isVersion10 = false
}
