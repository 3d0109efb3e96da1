import Engine

/// Making tensors and changing their shape.
enum TensorBuiltins {
  static let all: [Builtin] = [
    Builtin(
      .tensors, "tensor", "numbers, nested lists or a range as a tensor",
      details:
        "Lists of one length make a matrix; lists of several lengths make a ragged tensor, one row a list. With `ragged: true` it is ragged whatever the lengths.",
      examples: [
        "tensor([1, 2, 3])\n#=> [1, 2, 3]", "tensor([[1, 2], [3]]).lengths\n#=> [2, 1]",
        "tensor([[1, 2], [3, 4]], ragged: true).lengths\n#=> [2, 2]",
      ]
    ) { parameter in
      let x = parameter("x", .tensor)
      let ragged = parameter("ragged", .flag, false)
      return { call in
        var tensor = try call[x]
        if try call[ragged], tensor.shape.tokenRows == nil {
          guard tensor.shape.rank == 2 else { throw call.mismatch(x, "a list of lists of numbers") }
          let width = tensor.shape.dims[1]
          let values = tensor.values
          tensor = try Tensor(
            rows: (0..<tensor.shape.dims[0]).map { Array(values[$0 * width..<($0 + 1) * width]) })
        }
        return .object(TensorObject(tensor))
      }
    },
    Builtin(
      .tensors, "shape", "the dimensions of a tensor",
      examples: ["shape(zeros(2, 3))\n#=> [2, 3]"]
    ) { parameter in
      let x = parameter("x", .tensor)
      return { call in .numbers(try call[x].shape.dims.map(Double.init)) }
    },
    Builtin(
      .tensors, "zeros", "a tensor of zeros", examples: ["zeros(3)\n#=> [0, 0, 0]"]
    ) { parameter in
      let shape = parameter.rest("shape", .dimensions)
      return { call in
        .object(TensorObject(try Tensor.full(Shape(call[shape], for: "zeros"), 0, for: "zeros")))
      }
    },
    Builtin(
      .tensors, "ones", "a tensor of ones", examples: ["ones(3)\n#=> [1, 1, 1]"]
    ) { parameter in
      let shape = parameter.rest("shape", .dimensions)
      return { call in
        .object(TensorObject(try Tensor.full(Shape(call[shape], for: "ones"), 1, for: "ones")))
      }
    },
    Builtin(
      .tensors, "full", "a tensor with the same number everywhere",
      examples: ["full(2, 7)\n#=> [7, 7]"]
    ) { parameter in
      let shape = parameter("shape", .dimensions)
      let value = parameter("value", .number)
      return { call in
        .object(TensorObject(try Tensor.full(Shape(call[shape], for: "full"), call[value], for: "full")))
      }
    },
    Builtin(
      .tensors, "eye", "the identity matrix", examples: ["eye(2)[1]\n#=> [0, 1]"]
    ) { parameter in
      let n = parameter("n", .count)
      return { call in .tensor(try Tensor.eye(call[n])) }
    },
    Builtin(
      .tensors, "linspace", "numbers at equal distances, both ends included",
      examples: ["linspace(0, 1, 5)\n#=> [0, 0.25, 0.5, 0.75, 1]"]
    ) { parameter in
      let from = parameter("from", .number)
      let to = parameter("to", .number)
      let count = parameter("count", .count, 50)
      return { call in .object(TensorObject(try Tensor.linspace(call[from], call[to], call[count]))) }
    },
    Builtin(
      .tensors, "reshape",
      "the same numbers under other dimensions; one of them may be -1",
      examples: ["shape(reshape(1..6, 2, -1))\n#=> [2, 3]"]
    ) { parameter in
      let x = parameter("x", .tensor)
      let shape = parameter.rest("shape", .dimensions)
      return { call in .tensor(try call[x].reshaped(call[shape])) }
    },
    Builtin(
      .tensors, "transpose", "the transpose of a matrix",
      examples: ["transpose([[1, 2], [3, 4]])[0]\n#=> [1, 3]"]
    ) { parameter in
      let x = parameter("x", .tensor)
      return { call in .tensor(try call[x].transposed()) }
    },
    Builtin(
      .tensors, "matmul", "the matrix product; also written `a @ b`",
      examples: ["[[1, 2], [3, 4]] @ [1, 1]\n#=> [3, 7]"]
    ) { parameter in
      let a = parameter("a", .tensor)
      let b = parameter("b", .tensor)
      return { call in .tensor(try call[a].matmul(call[b])) }
    },
    Builtin(
      .tensors, "dot", "the sum of the products of two vectors",
      examples: ["dot([1, 2], [3, 4])\n#=> 11"]
    ) { parameter in
      let a = parameter("a", .tensor)
      let b = parameter("b", .tensor)
      return { call in .tensor(try call[a].dot(call[b])) }
    },
    Builtin(
      .tensors, "stack", "tensors of one shape as the entries of a new first axis",
      examples: ["shape(stack([zeros(3), ones(3)]))\n#=> [2, 3]"]
    ) { parameter in
      let tensors = parameter("tensors", .tensors)
      return { call in .tensor(try Tensor.stack(call[tensors])) }
    },
    Builtin(
      .tensors, "softmax", "exponentials that add up to 1 along an axis",
      examples: ["softmax([0, 0])\n#=> [0.5, 0.5]"]
    ) { parameter in
      let x = parameter("x", .tensor)
      let axis = parameter("axis", .integer, -1)
      return { call in .tensor(try call[x].softmax(axis: call[axis])) }
    },
    Builtin(
      .tensors, "log_softmax", "the logarithm of `softmax`",
      examples: ["close(log_softmax([0, 0]), log(0.5))\n#=> true"]
    ) { parameter in
      let x = parameter("x", .tensor)
      let axis = parameter("axis", .integer, -1)
      return { call in .tensor(try call[x].logSoftmax(axis: call[axis])) }
    },
  ]
}

extension Kind where T == [Int] {
  /// Dimensions: a number, several of them, or one list of them.
  static var dimensions: Kind {
    Kind("whole numbers") { value, call in
      var values = try value.isNone ? [] : Iteration.items(value) ?? [value]
      if values.count == 1, let inner = try Iteration.items(values[0]) { values = inner }
      return try values.map { value in
        guard let number = value.asNumber else {
          throw call.failure("a dimension must be a number, got \(Printing.brief(value))")
        }
        guard let size = Int(exactly: number) else {
          throw call.failure(
            "a dimension must be a whole number below 2^63, got \(Printing.number(number))")
        }
        return size
      }
    }
  }
}
