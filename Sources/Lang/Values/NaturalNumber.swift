extension Double {
  /// The natural number below 2^52 that it is, 0 included, if it is one.
  ///
  /// Adding 2^52 leaves such a number in the low bits of the sum, which takes fewer steps than a conversion
  /// there and back; a negative one borrows from the exponent, and a larger one carries into it.
  @inline(__always)
  var natural: Int? {
    let sum = self + 0x1p52
    let bits = sum.bitPattern &- (0x1p52).bitPattern
    guard sum - 0x1p52 == self, bits < 1 << 52 else { return nil }
    return Int(truncatingIfNeeded: bits)
  }
}
