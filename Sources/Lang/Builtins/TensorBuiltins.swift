import Engine

/// Making tensors and changing their shape.
enum TensorBuiltins {
  static let all: [Builtin] = [
    Builtin(
      .tensors, written: "tensor(x)", "numbers, nested lists or a range as a tensor",
      details:
        "Lists of one length make a matrix; lists of several lengths make a ragged tensor, one row a list.",
      examples: ["tensor([1, 2, 3])\n#=> [1, 2, 3]", "tensor([[1, 2], [3]]).lengths\n#=> [2, 1]"]
    ) { call in
      let tensor = try call.tensor(0)
      return .object(TensorObject(tensor))
    },
    Builtin(
      .tensors, written: "shape(x)", "the dimensions of a tensor",
      examples: ["shape(zeros(2, 3))\n#=> [2, 3]"]
    ) { call in .numbers(try call.tensor(0).shape.dims.map(Double.init)) },
    Builtin(
      .tensors, written: "zeros(shape...)", "a tensor of zeros", examples: ["zeros(3)\n#=> [0, 0, 0]"]
    ) { call in .object(TensorObject(try Tensor.full(shape(call, 0), 0, for: "zeros"))) },
    Builtin(
      .tensors, written: "ones(shape...)", "a tensor of ones", examples: ["ones(3)\n#=> [1, 1, 1]"]
    ) { call in .object(TensorObject(try Tensor.full(shape(call, 0), 1, for: "ones"))) },
    Builtin(
      .tensors, written: "full(shape, value)", "a tensor with the same number everywhere",
      examples: ["full(2, 7)\n#=> [7, 7]"]
    ) { call in .object(TensorObject(try Tensor.full(shape(call, 0), call.number(1), for: "full"))) },
    Builtin(
      .tensors, written: "eye(n)", "the identity matrix", examples: ["eye(2)[1]\n#=> [0, 1]"]
    ) { call in .tensor(try Tensor.eye(call.integer(0, 0...Int.max))) },
    Builtin(
      .tensors, written: "linspace(from, to, count = 50)", "numbers at equal distances, both ends included",
      examples: ["linspace(0, 1, 5)\n#=> [0, 0.25, 0.5, 0.75, 1]"]
    ) { call in
      .object(TensorObject(try Tensor.linspace(call.number(0), call.number(1), call.integer(2, 0...Int.max))))
    },
    Builtin(
      .tensors, written: "reshape(x, shape...)",
      "the same numbers under other dimensions; one of them may be -1",
      examples: ["shape(reshape(1..6, 2, -1))\n#=> [2, 3]"]
    ) { call in
      .tensor(try call.tensor(0).reshaped(dimensions(call, 1)))
    },
    Builtin(
      .tensors, written: "transpose(x)", "the transpose of a matrix",
      examples: ["transpose([[1, 2], [3, 4]])[0]\n#=> [1, 3]"]
    ) { call in .tensor(try call.tensor(0).transposed()) },
    Builtin(
      .tensors, written: "matmul(a, b)", "the matrix product; also written `a @ b`",
      examples: ["[[1, 2], [3, 4]] @ [1, 1]\n#=> [3, 7]"]
    ) { call in .tensor(try call.tensor(0).matmul(call.tensor(1))) },
    Builtin(
      .tensors, written: "dot(a, b)", "the sum of the products of two vectors",
      examples: ["dot([1, 2], [3, 4])\n#=> 11"]
    ) { call in .tensor(try call.tensor(0).dot(call.tensor(1))) },
    Builtin(
      .tensors, written: "stack(tensors)", "tensors of one shape as the entries of a new first axis",
      examples: ["shape(stack([zeros(3), ones(3)]))\n#=> [2, 3]"]
    ) { call in
      .tensor(
        try Tensor.stack(
          call.items(0).map { item in
            guard let tensor = try Conversion.tensor(item) else {
              throw call.mismatch(0, "a list of tensors")
            }
            return tensor
          }))
    },
    Builtin(
      .tensors, written: "softmax(x, axis = -1)", "exponentials that add up to 1 along an axis",
      examples: ["softmax([0, 0])\n#=> [0.5, 0.5]"]
    ) { call in .tensor(try call.tensor(0).softmax(axis: call.integer(1))) },
    Builtin(
      .tensors, written: "log_softmax(x, axis = -1)", "the logarithm of `softmax`",
      examples: ["close(log_softmax([0, 0]), log(0.5))\n#=> true"]
    ) { call in .tensor(try call.tensor(0).logSoftmax(axis: call.integer(1))) },
  ]

  /// Dimensions given as numbers, or as one list of them.
  private static func dimensions(_ call: Call, _ position: Int) throws -> [Int] {
    var values = try call[position].isNone ? [] : Iteration.items(call[position]) ?? [call[position]]
    if values.count == 1, let inner = try Iteration.items(values[0]) { values = inner }
    return try values.map { value in
      guard let number = value.asNumber else {
        throw call.failure("a dimension must be a number, got \(Printing.brief(value))")
      }
      guard let size = Int(exactly: number) else {
        throw call.failure("a dimension must be a whole number below 2^63, got \(Printing.number(number))")
      }
      return size
    }
  }

  static func shape(_ call: Call, _ position: Int) throws -> Shape {
    try Shape(dimensions(call, position), for: call.signature.name)
  }
}
