@main struct RLS { static func main() {} }
