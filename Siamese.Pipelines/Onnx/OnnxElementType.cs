using System.Diagnostics.CodeAnalysis;

namespace Siamese.Pipelines.Onnx;

/// <summary>The type of a tensor's elements; the numbers are those of the ONNX format (TensorProto.DataType).</summary>
[SuppressMessage("Naming", "CA1720", Justification = "These are the names of element types.")]
public enum OnnxElementType
{
    /// <summary>32-bit floating point, <see cref="float"/>.</summary>
    Float32 = 1,

    /// <summary>8-bit unsigned integer, <see cref="byte"/>.</summary>
    UInt8 = 2,

    /// <summary>32-bit signed integer, <see cref="int"/>.</summary>
    Int32 = 6,

    /// <summary>64-bit signed integer, <see cref="long"/>: what ArgMax and TopK give as indices.</summary>
    Int64 = 7,

    /// <summary>True or false, <see cref="bool"/>: what comparisons give.</summary>
    Boolean = 9,

    /// <summary>64-bit floating point, <see cref="double"/>.</summary>
    Float64 = 11,

    /// <summary>32-bit unsigned integer, <see cref="uint"/>: how ML.NET holds a key.</summary>
    UInt32 = 12,
}
