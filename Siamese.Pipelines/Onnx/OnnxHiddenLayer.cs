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
        ["Identity", "Dropout", "LpNormalization", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast", "Add", "BatchNormalization"];

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

        NodeProto dense = Before(output, makers, node => IsDense(node, graph)) ?? throw new InvalidDataException(
            $"No dense layer with constant weights (Gemm or MatMul) makes its output '{output}', so there is no hidden layer to read. "
            + "Leave the hidden column out.");
        TensorProto weights = Weights(dense, graph)!;
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
                                new TensorShapeProto.Types.Dimension { DimParam = OnnxGraphBuilder.BatchDimension },
                                new TensorShapeProto.Types.Dimension { DimValue = length },
                            },
                        },
                    },
                },
            });
        }

        return (proto.ToByteArray(), hidden, length);
    }

    private static NodeProto? Before(string value, Dictionary<string, NodeProto> makers, Func<NodeProto, bool> wanted)
    {
        while (makers.TryGetValue(value, out NodeProto? node))
        {
            if (wanted(node))
            {
                return node;
            }

            if (!_passages.Contains(node.OpType) && !_activations.Contains(node.OpType))
            {
                return null;
            }

            value = node.Input[0];
        }

        return null;
    }

    private static bool IsDense(NodeProto node, GraphProto graph) => node.OpType is "Gemm" or "MatMul" && Weights(node, graph) is { Dims.Count: 2 };

    private static TensorProto? Weights(NodeProto node, GraphProto graph) =>
        graph.Initializer.FirstOrDefault(tensor => tensor.Name == node.Input[1]);
}
