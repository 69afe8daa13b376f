using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Onnx;

/// <summary>A named constant of an ONNX operator, such as a convolution's strides.</summary>
/// <remarks>Which attributes an operator has, and of what type, is said by the ONNX operator reference for opset 17.</remarks>
[SuppressMessage("Naming", "CA1711", Justification = "The ONNX format calls them attributes.")]
[SuppressMessage("Naming", "CA1720", Justification = "The factories carry the names of the format's attribute types.")]
public sealed class OnnxAttribute
{
    private OnnxAttribute(AttributeProto proto) => Proto = proto;

    /// <summary>Gets the attribute's name, as the operator's reference spells it.</summary>
    public string Name => Proto.Name;

    internal AttributeProto Proto { get; }

    /// <summary>Makes an attribute of one integer.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value; flags are 0 or 1.</param>
    /// <returns>The attribute.</returns>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public static OnnxAttribute Int(string name, long value) =>
        new(new AttributeProto { Name = Guard.NotBlank(name, nameof(name)), Type = AttributeProto.Types.AttributeType.Int, I = value });

    /// <summary>Makes an attribute of a list of integers.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">Its values.</param>
    /// <returns>The attribute.</returns>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public static OnnxAttribute Ints(string name, params ReadOnlySpan<long> values)
    {
        var proto = new AttributeProto { Name = Guard.NotBlank(name, nameof(name)), Type = AttributeProto.Types.AttributeType.Ints };
        proto.Ints.AddRange(values);
        return new(proto);
    }

    /// <summary>Makes an attribute of one number.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The attribute.</returns>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public static OnnxAttribute Float(string name, float value) =>
        new(new AttributeProto { Name = Guard.NotBlank(name, nameof(name)), Type = AttributeProto.Types.AttributeType.Float, F = value });

    /// <summary>Makes an attribute of a list of numbers.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="values">Its values.</param>
    /// <returns>The attribute.</returns>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public static OnnxAttribute Floats(string name, params ReadOnlySpan<float> values)
    {
        var proto = new AttributeProto { Name = Guard.NotBlank(name, nameof(name)), Type = AttributeProto.Types.AttributeType.Floats };
        proto.Floats.AddRange(values);
        return new(proto);
    }

    /// <summary>Makes an attribute of text.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="value">Its value, written as UTF-8.</param>
    /// <returns>The attribute.</returns>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public static OnnxAttribute String(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(new AttributeProto
        {
            Name = Guard.NotBlank(name, nameof(name)),
            Type = AttributeProto.Types.AttributeType.String,
            S = ByteString.CopyFromUtf8(value),
        });
    }

    /// <summary>Makes an attribute of a graph, which is not copied before a node takes it.</summary>
    internal static OnnxAttribute Graph(string name, GraphProto graph) =>
        new(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph });

    /// <inheritdoc/>
    public override string ToString() => Proto.ToString();
}
