using System.Collections.Immutable;
using Google.Protobuf;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Onnx;

/// <summary>Puts what a network expects of its pixels into its graph, so that the model takes pixels of [0, 255] as they are.</summary>
internal static class OnnxInputAdapter
{
    // The first version in which Add, Sub and Mul broadcast as they do today.
    private const int FirstBroadcastingOpset = 7;

    /// <summary>Rewrites a model so that its input takes pixels, keeping the input's name.</summary>
    /// <param name="model">An ONNX model with one float32 input (N, C, H, W) that takes (pixel − mean) × scale.</param>
    /// <param name="input">What the network expects.</param>
    /// <param name="fromRgb">
    /// <see langword="true"/> where the new input is to be (N, 3, H, W) in red, green, blue, whatever the network's own colour order;
    /// <see langword="false"/> where it is to be (N, C, H, W) in that order.
    /// </param>
    /// <returns>
    /// The rewritten model; the very bytes that were given where there is nothing to add. Luma is exact: whole pixels give the
    /// whole number that integer arithmetic gives.
    /// </returns>
    /// <exception cref="InvalidDataException">The bytes are no ONNX model, or its input does not fit <paramref name="input"/>.</exception>
    public static byte[] Adapt(byte[] model, ImageInput input, bool fromRgb)
    {
        ModelProto proto = OnnxModelFile.Parse(model);
        ValueInfoProto pixels = ImageInputOf(proto, input);
        bool recolors = fromRgb && input.ColorOrder != ColorOrder.Rgb;
        bool centers = input.Mean.Any(mean => mean != 0);
        bool scales = input.Scale.Any(scale => scale != 1);
        if (!recolors && !centers && !scales)
        {
            return model;
        }

        var front = new Front(proto.Graph, pixels.Name);
        if (recolors && input.ColorOrder == ColorOrder.Bgr)
        {
            front.Channels("bgr", 2, 1, 0);
        }
        else if (recolors)
        {
            front.Luma();
            pixels.Type.TensorType.Shape.Dim[1] = new TensorShapeProto.Types.Dimension { DimValue = 3 };
        }

        if (centers)
        {
            front.PerChannel("Sub", "mean", input.Mean);
        }

        if (scales)
        {
            front.PerChannel("Mul", "scale", input.Scale);
        }

        front.Attach();
        return proto.ToByteArray();
    }

    private static ValueInfoProto ImageInputOf(ModelProto model, ImageInput input)
    {
        List<ValueInfoProto> inputs = OnnxModelFile.InputsOf(model.Graph);
        if (inputs is not [ValueInfoProto pixels])
        {
            throw new InvalidDataException(
                $"The model has {inputs.Count} inputs ({string.Join(", ", inputs.Select(info => $"'{info.Name}'"))}), "
                + "but a network of images has one.");
        }

        TypeProto.Types.Tensor? type = pixels.Type?.TensorType;
        long[] found = [.. type?.Shape?.Dim.Select(dimension => dimension.DimValue) ?? []];
        long[] expected = [0, input.Channels, input.Height, input.Width];

        // A symbolic dimension reads as 0 and takes any size.
        bool fits = found.Length == 4 && found.Skip(1).Zip(expected.Skip(1), (f, e) => f <= 0 || f == e).All(same => same);
        if (type?.ElemType != (int)OnnxElementType.Float32 || !fits)
        {
            throw new InvalidDataException(
                $"The model's input '{pixels.Name}' is ({string.Join(", ", found.Select(d => d > 0 ? $"{d}" : "any"))}) of element type "
                + $"{(OnnxElementType)(type?.ElemType ?? 0)}, but {input} needs (any, {string.Join(", ", expected.Skip(1))}) of Float32.");
        }

        long opset = model.OpsetImport.FirstOrDefault(import => import.Domain is "" or "ai.onnx")?.Version ?? 0;
        return opset >= FirstBroadcastingOpset
            ? pixels
            : throw new InvalidDataException(
                $"The model is written in opset {opset}, but steps can be put before it from {FirstBroadcastingOpset} on.");
    }

    /// <summary>Nodes that are put between a graph's input and the nodes that took it.</summary>
    private sealed class Front(GraphProto graph, string input)
    {
        private readonly HashSet<string> _names = OnnxModelFile.NamesOf(graph);
        private readonly List<NodeProto> _nodes = [];
        private string? _adapted;

        private string Value => _adapted ?? input;

        public void Channels(string name, params long[] channels) => _adapted = Take(name, channels);

        public void Luma()
        {
            // Every product and sum is a whole number below 2^24, and 1/65536 is a power of two: float32 rounds nowhere before Floor.
            (long Channel, float Weight)[] weights = [(0, 19595), (1, 38470), (2, 7471)];
            string[] parts = [.. weights.Select(w => Node("luma", "Mul", Take("luma", w.Channel), Constant("luma", [w.Weight], 1)))];
            string sum = Node("luma", "Add", Node("luma", "Add", parts[0], parts[1]), parts[2]);
            string rounded = Node("luma", "Add", sum, Constant("luma", [32768f], 1));
            _adapted = Node("luma", "Floor", Node("luma", "Mul", rounded, Constant("luma", [1f / 65536f], 1)));
        }

        public void PerChannel(string operatorType, string name, ImmutableArray<float> values) =>
            _adapted = Node(name, operatorType, Value, Constant(name, [.. values], values.Length, 1, 1));

        public void Attach()
        {
            OnnxModelFile.RenameNodeInputs(graph, new Dictionary<string, string> { [input] = Value });
            List<NodeProto> behind = [.. graph.Node];
            graph.Node.Clear();
            graph.Node.AddRange(_nodes);
            graph.Node.AddRange(behind);
        }

        private string Take(string name, params long[] channels)
        {
            var indices = new TensorProto { DataType = (int)OnnxElementType.Int64, Dims = { channels.Length }, Int64Data = { channels } };
            string taken = Node(name, "Gather", Value, Constant(name, indices));
            _nodes[^1].Attribute.Add(OnnxAttribute.Int("axis", 1).Proto);
            return taken;
        }

        private string Constant(string name, float[] values, params long[] shape) =>
            Constant(name, new TensorProto { DataType = (int)OnnxElementType.Float32, Dims = { shape }, FloatData = { values } });

        // A node and no initializer: before IR version 4 an initializer had to be an input as well.
        private string Constant(string name, TensorProto tensor)
        {
            string constant = Node(name, "Constant");
            _nodes[^1].Attribute.Add(
                new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = tensor });
            return constant;
        }

        private string Node(string name, string operatorType, params string[] inputs)
        {
            string output = OnnxModelFile.UniqueName(_names, $"{input}.{name}");
            _nodes.Add(new NodeProto { Name = output, OpType = operatorType, Input = { inputs }, Output = { output } });
            return output;
        }
    }
}
