// The C library's elementary functions, under names that operations called the same cannot hide.

func libmExp(_ x: Double) -> Double { exp(x) }
func libmLog(_ x: Double) -> Double { log(x) }
func libmLog2(_ x: Double) -> Double { log2(x) }
func libmLog10(_ x: Double) -> Double { log10(x) }
func libmExpm1(_ x: Double) -> Double { expm1(x) }
func libmLog1p(_ x: Double) -> Double { log1p(x) }
func libmSin(_ x: Double) -> Double { sin(x) }
func libmCos(_ x: Double) -> Double { cos(x) }
func libmTan(_ x: Double) -> Double { tan(x) }
func libmAsin(_ x: Double) -> Double { asin(x) }
func libmAcos(_ x: Double) -> Double { acos(x) }
func libmAtan(_ x: Double) -> Double { atan(x) }
func libmSinh(_ x: Double) -> Double { sinh(x) }
func libmCosh(_ x: Double) -> Double { cosh(x) }
func libmTanh(_ x: Double) -> Double { tanh(x) }
func libmPow(_ x: Double, _ y: Double) -> Double { pow(x, y) }
func libmFmod(_ x: Double, _ y: Double) -> Double { fmod(x, y) }
func libmAtan2(_ y: Double, _ x: Double) -> Double { atan2(y, x) }
