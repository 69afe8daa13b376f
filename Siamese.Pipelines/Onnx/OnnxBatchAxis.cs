using System.Buffers.Binary;
using Google.Protobuf;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Onnx;

/// <summary>Rewrites a model that was exported for one row so that it takes any number of rows.</summary>
internal static class OnnxBatchAxis
{
    private const int LongestShape = 64;

    /// <summary>
    /// Makes the first dimension of inputs and outputs that are fixed at 1 the symbolic <see cref="OnnxGraphBuilder.BatchDimension"/>.
    /// </summary>
    /// <remarks>
    /// Best effort: shapes declared inside the graph are dropped, so that the runtime infers them again, and a Reshape of what comes
    /// from the input to a constant shape that begins with 1 is made to take any number of rows. A graph that has the 1 written into
    /// it in another way, or that reduces over all axes, still takes one row only: <see cref="OnnxBatchRunner"/> tries the result with
    /// different rows. A first dimension that is not fixed at 1 is left as it is.
    /// </remarks>
    /// <exception cref="InvalidDataException">The bytes are not an ONNX model.</exception>
    public static byte[] Free(byte[] bytes)
    {
        ModelProto model = OnnxModelFile.Parse(bytes);
        GraphProto graph = model.Graph;
        List<ValueInfoProto> inputs = OnnxModelFile.InputsOf(graph);
        foreach (ValueInfoProto info in inputs.Concat(graph.Output))
        {
            TensorShapeProto? shape = info.Type?.TensorType?.Shape;
            if (shape?.Dim.Count > 0 && shape.Dim[0].DimValue == 1)
            {
                shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimParam = OnnxGraphBuilder.BatchDimension };
            }
        }

        graph.ValueInfo.Clear();
        FreeReshapes(graph, inputs);
        return model.ToByteArray();
    }

    private static void FreeReshapes(GraphProto graph, List<ValueInfoProto> inputs)
    {
        var constants = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach (TensorProto tensor in graph.Initializer)
        {
            AddConstant(tensor.Name, Int64s(tensor));
        }

        HashSet<string> fromInput = [.. inputs.Select(info => info.Name)];
        HashSet<string> names = OnnxModelFile.NamesOf(graph);
        foreach (NodeProto node in graph.Node.Where(node => node.Output.Count > 0))
        {
            AddConstant(node.Output[0], ConstantOf(node, constants));

            // A shape is not a row of a batch, though it is read from one.
            if (node.OpType is "Shape" or "Size" || !node.Input.Any(fromInput.Contains))
            {
                continue;
            }

            fromInput.UnionWith(node.Output);
            if (node.OpType == "Reshape" && node.Input.Count == 2 && constants.TryGetValue(node.Input[1], out long[]? shape)
                && FreeShape(shape, node) is { } free)
            {
                // Another Reshape may share the constant, so this one gets its own.
                var tensor = new TensorProto { Name = OnnxModelFile.UniqueName(names, node.Input[1]), DataType = (int)OnnxElementType.Int64 };
                tensor.Dims.Add(free.Length);
                tensor.Int64Data.AddRange(free);
                graph.Initializer.Add(tensor);
                node.Input[1] = tensor.Name;
            }
        }

        void AddConstant(string name, long[]? values)
        {
            if (values is { Length: <= LongestShape })
            {
                constants[name] = values;
            }
        }
    }

    private static long[]? FreeShape(long[] shape, NodeProto reshape)
    {
        if (shape is not [1, .. long[] rest])
        {
            return null;
        }

        // -1 takes what is left, which is 1 for one row whatever is reshaped. Where another dimension does that, 0 copies the first
        // dimension of what is reshaped; with allowzero it would be a dimension of size 0.
        bool zeroIsZero = reshape.Attribute.Any(attribute => attribute.Name == "allowzero" && attribute.I != 0);
        return rest.Contains(-1)
            ? zeroIsZero ? null : [0, .. rest]
            : zeroIsZero && rest.Contains(0) ? null : [-1, .. rest];
    }

    /// <summary>Finds the whole numbers that a node makes of constants in the ways that exporters write shapes.</summary>
    private static long[]? ConstantOf(NodeProto node, Dictionary<string, long[]> constants) => node.OpType switch
    {
        "Constant" => node.Attribute.FirstOrDefault() switch
        {
            { Name: "value", T: TensorProto tensor } => Int64s(tensor),
            { Name: "value_ints" } list => [.. list.Ints],
            { Name: "value_int" } number => [number.I],
            _ => null,
        },
        "Identity" or "Unsqueeze" => node.Input.Count > 0 ? constants.GetValueOrDefault(node.Input[0]) : null,
        "Concat" => node.Input.All(constants.ContainsKey) ? [.. node.Input.SelectMany(input => constants[input])] : null,
        _ => null,
    };

    private static long[]? Int64s(TensorProto tensor) =>
        tensor.DataType != (int)OnnxElementType.Int64 ? null
        : tensor.RawData.IsEmpty ? [.. tensor.Int64Data]
        : tensor.RawData.Length > LongestShape * sizeof(long) || tensor.RawData.Length % sizeof(long) != 0 ? null
        : [.. tensor.RawData.ToByteArray().Chunk(sizeof(long)).Select(chunk => BinaryPrimitives.ReadInt64LittleEndian(chunk))];
}
