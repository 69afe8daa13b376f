using Google.Protobuf;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Tests.Onnx;

/// <summary>Networks of 4x4 gray images as other exporters write them: their batch may be fixed, and their rows may depend on each other.</summary>
internal static class SmallGraphs
{
    public static readonly ImageInput Input = new(SmallNetwork.Side, SmallNetwork.Side, ColorOrder.Grayscale);

    private const int Length = SmallNetwork.Side * SmallNetwork.Side;

    /// <summary>Writes a network of an input 'image' (N, 1, 4, 4) and an output 'embedding'.</summary>
    /// <param name="rows">The batch that the file declares; 0 for any.</param>
    /// <param name="shape">The output's dimensions after the batch's.</param>
    /// <param name="nodes">Makes the output of the graph's input.</param>
    public static byte[] Write(int rows, long[] shape, Func<OnnxGraphBuilder, string, string> nodes)
    {
        var builder = new OnnxGraphBuilder("small");
        builder.Output(nodes(builder, builder.Input("image", 1, SmallNetwork.Side, SmallNetwork.Side)), "embedding", shape);
        return rows == 0 ? builder.ToArray() : Edit(builder.ToArray(), graph => Fix(graph, rows));
    }

    /// <summary>Changes the graph of a file.</summary>
    public static byte[] Edit(byte[] file, Action<GraphProto> change)
    {
        ModelProto model = OnnxModelFile.Parse(file);
        change(model.Graph);
        return model.ToByteArray();
    }

    /// <summary>A dense layer from 16 pixels to some components, whose weights differ.</summary>
    public static string Dense(OnnxGraphBuilder builder, string image, int components) => builder.Node(
        "MatMul", [builder.Node("Flatten", [image]), builder.Initializer($"weights of {image}", Weights(components), Length, components)]);

    public static float[] Weights(int components) => [.. Enumerable.Range(0, Length * components).Select(i => MathF.Sin(i))];

    /// <summary>Embeds each row by ONNX Runtime alone, in a batch of its own.</summary>
    public static float[][] Alone(byte[] file, ImageRow[] rows) =>
        [.. rows.Select(row => OnnxRun.Run(file, [.. row.Pixels], 1, 1, SmallNetwork.Side, SmallNetwork.Side))];

    private static void Fix(GraphProto graph, int rows)
    {
        foreach (ValueInfoProto end in graph.Input.Concat(graph.Output))
        {
            end.Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimValue = rows };
        }
    }
}
