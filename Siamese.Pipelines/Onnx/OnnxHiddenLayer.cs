using Google.Protobuf;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Onnx;

/// <summary>Makes what the last dense layer of a network takes an output of its graph.</summary>
internal static class OnnxHiddenLayer
{
    private static readonly HashSet<string> _activations =
        ["Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Gelu", "Sigmoid", "Tanh", "Softplus", "Clip", "HardSwish"];

    // What may stand between a layer and the next without being one.
    private static readonly HashSet<string> _passages =
        ["Identity", "Dropout", "LpNormalization", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast", "Add", "Sub", "Mul", "Div", "BatchNormalization"];

    /// <summary>Adds the hidden layer's values, before their activation, to the outputs.</summary>
    /// <param name="model">An ONNX model.</param>
    /// <param name="output">The output (N, D) whose last dense layer (Gemm or MatMul with constant weights) is looked for.</param>
    /// <returns>The model, the name of the output (N, H), and H.</returns>
    /// <exception cref="InvalidDataException">
    /// The bytes are no ONNX model, or no dense layer stands before the output with nothing but normalisations between.
    /// </exception>
    public static (byte[] Model, string Tensor, int Length) Expose(byte[] model, string output)
    {
        ModelProto proto = OnnxModelFile.Parse(model);
        GraphProto graph = proto.Graph;
        Dictionary<string, NodeProto> makers = [];
        foreach (NodeProto node in graph.Node)
        {
            foreach (string made in node.Output)
            {
                makers[made] = node;
            }
        }

        Dictionary<string, TensorProto> constants = ConstantsOf(graph);
        NodeProto dense = DenseBefore(output, makers, constants) ?? throw new InvalidDataException(
            $"No dense layer with constant weights (Gemm or MatMul) makes its output '{output}', so there is no hidden layer to read. "
            + "Leave the hidden column out.");
        TensorProto weights = constants[dense.Input[1]];
        bool transposed = dense.Attribute.Any(attribute => attribute.Name == "transB" && attribute.I != 0);
        int length = checked((int)weights.Dims[transposed ? 1 : 0]);

        // Before the activation: what a ReLU cuts off tells the unknown from the known too.
        string hidden = dense.Input[0];
        while (makers.TryGetValue(hidden, out NodeProto? node) && (_activations.Contains(node.OpType) || node.OpType is "Dropout" or "Identity"))
        {
            hidden = node.Input[0];
        }

        if (graph.Output.All(found => found.Name != hidden))
        {
            // As many rows as the embedding has, fixed or free.
            TensorShapeProto.Types.Dimension? rows = graph.Output.FirstOrDefault(found => found.Name == output)?.Type?.TensorType?.Shape?.Dim.FirstOrDefault();
            graph.Output.Add(new ValueInfoProto
            {
                Name = hidden,
                Type = new TypeProto
                {
                    TensorType = new TypeProto.Types.Tensor
                    {
                        ElemType = (int)OnnxElementType.Float32,
                        Shape = new TensorShapeProto
                        {
                            Dim =
                            {
                                rows?.Clone() ?? new TensorShapeProto.Types.Dimension { DimParam = OnnxGraphBuilder.BatchDimension },
                                new TensorShapeProto.Types.Dimension { DimValue = length },
                            },
                        },
                    },
                },
            });
        }

        return (proto.ToByteArray(), hidden, length);
    }

    /// <summary>Goes back from a value over nodes that are not layers, and over those of their inputs that are not constants.</summary>
    private static NodeProto? DenseBefore(string output, Dictionary<string, NodeProto> makers, Dictionary<string, TensorProto> constants)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([output]);
        while (open.TryPop(out string? value))
        {
            if (!seen.Add(value) || constants.ContainsKey(value) || !makers.TryGetValue(value, out NodeProto? node))
            {
                continue;
            }

            if (node.OpType is "Gemm" or "MatMul" && node.Input.Count > 1 && constants.TryGetValue(node.Input[1], out TensorProto? weights)
                && weights.Dims.Count == 2)
            {
                return node;
            }

            if (_passages.Contains(node.OpType) || _activations.Contains(node.OpType))
            {
                // The first input is looked at first.
                foreach (string input in node.Input.Reverse())
                {
                    open.Push(input);
                }
            }
        }

        return null;
    }

    private static Dictionary<string, TensorProto> ConstantsOf(GraphProto graph)
    {
        Dictionary<string, TensorProto> constants = [];
        foreach (TensorProto tensor in graph.Initializer)
        {
            constants[tensor.Name] = tensor;
        }

        foreach (NodeProto node in graph.Node.Where(node => node.OpType == "Constant" && node.Output.Count > 0))
        {
            if (node.Attribute.FirstOrDefault(attribute => attribute.T is not null)?.T is { } tensor)
            {
                constants[node.Output[0]] = tensor;
            }
        }

        return constants;
    }
}
