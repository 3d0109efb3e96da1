extension MatrixTile {
  /// Whether a tile of 8 x 32 fits the registers (AVX-512); it decides speed alone, never bits.
  ///
  /// Code compiled for a processor by name does not look.
  static let hasWideRegisters: Bool = {
    #if PROCESSOR_OF_THIS_MACHINE
      return Platform.hasAVX512()
    #else
      return false
    #endif
  }()
}
