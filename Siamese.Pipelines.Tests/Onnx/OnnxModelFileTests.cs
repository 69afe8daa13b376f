using Google.Protobuf;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Tests.Onnx;

public sealed class OnnxModelFileTests
{
    private static readonly float[] Rows = [1, 2, 3, 4, 5, 6, 7, 8];

    [Test]
    public void Parse_reads_what_the_builder_wrote() =>
        Assert.That(OnnxModelFile.Parse(Doubling()).Graph.Name, Is.EqualTo("doubling"));

    [Test]
    public void A_model_cut_short_anywhere_is_refused()
    {
        byte[] model = Doubling();

        for (int length = 0; length < model.Length; length++)
        {
            byte[] cut = model[..length];
            Assert.That(() => OnnxModelFile.Parse(cut), Throws.TypeOf<InvalidDataException>().With.Message.Contains("not an ONNX file"));
        }
    }

    [TestCase(new byte[0], "is empty")]
    [TestCase(new byte[] { 0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A }, "HDF5")]
    [TestCase(new byte[] { 0x50, 0x4B, 3, 4, 20, 0 }, "zip archive")]
    [TestCase(new byte[] { 0x1F, 0x8B, 8, 0 }, "gzip")]
    [TestCase(new byte[] { 0x08, 0x08 }, "no graph")]
    public void A_foreign_file_is_refused_by_what_it_is(byte[] bytes, string found) =>
        Assert.That(
            () => OnnxModelFile.Parse(bytes, "face.onnx"),
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith("face.onnx is not an ONNX file").And.Message.Contains(found));

    [TestCase("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "git lfs pull")]
    [TestCase("<!DOCTYPE html><html><body>Not found</body></html>", "<!DOCTYPE html>")]
    public void Text_in_place_of_a_model_is_refused_by_what_it_says(string text, string found) =>
        Assert.That(
            () => OnnxModelFile.Parse(System.Text.Encoding.UTF8.GetBytes(text)),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(found));

    [Test]
    public void A_model_that_keeps_its_weights_elsewhere_is_refused_with_the_tensor()
    {
        ModelProto model = OnnxModelFile.Parse(Doubling());
        model.Graph.Initializer[0].RawData = ByteString.Empty;

        Assert.That(
            () => OnnxModelFile.Parse(model.ToByteArray()),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("'two'").And.Message.Contains("external data"));
    }

    [Test]
    public void Metadata_is_replaced_as_a_whole_and_leaves_the_graph_alone()
    {
        byte[] first = OnnxModelFile.WithMetadata(Doubling(), new Dictionary<string, string> { ["a"] = "1", ["c"] = "3" });
        byte[] second = OnnxModelFile.WithMetadata(first, new Dictionary<string, string> { ["b"] = "ü" });

        Assert.That(OnnxModelFile.ReadMetadata(first), Is.EqualTo(new Dictionary<string, string> { ["a"] = "1", ["c"] = "3" }));
        Assert.That(OnnxModelFile.ReadMetadata(second), Is.EqualTo(new Dictionary<string, string> { ["b"] = "ü" }));
        Assert.That(OnnxModelFile.WithMetadata(second, new Dictionary<string, string>()), Is.EqualTo(Doubling()));
    }

    [Test]
    public void Rename_renames_everywhere_and_lets_inner_values_step_aside()
    {
        // The inner value is named as the new output is to be.
        var builder = new OnnxGraphBuilder("renamed");
        string x = builder.Input("x", 2);
        string inner = builder.Node("Embedding", "Relu", [x]);
        builder.Output(builder.Node("Add", [inner, x]), "y", 2);

        byte[] renamed = OnnxModelFile.Rename(builder.ToArray(), "x", "Image", "y", "Embedding");

        GraphProto graph = OnnxModelFile.Parse(renamed).Graph;
        Assert.That(graph.Input.Single().Name, Is.EqualTo("Image"));
        Assert.That(graph.Output.Single().Name, Is.EqualTo("Embedding"));
        Assert.That(OnnxRun.Run(renamed, [-1, 2], 1, 2), Is.EqualTo(new float[] { -1, 4 }));
    }

    [Test]
    public void Rename_can_swap_the_names()
    {
        byte[] swapped = OnnxModelFile.Rename(Doubling(), "x", "y", "y", "x");

        Assert.That(OnnxModelFile.Parse(swapped).Graph.Input.Single().Name, Is.EqualTo("y"));
        Assert.That(OnnxRun.Run(swapped, [3], 1, 1), Is.EqualTo(new float[] { 6 }));
    }

    [Test]
    public void Rename_refuses_names_that_are_not_there_or_taken()
    {
        byte[] model = Doubling();

        Assert.That(
            () => OnnxModelFile.Rename(model, "data", "a", "y", "b"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("oldInput")
                .And.Message.Contains("no input named 'data'; it has 'x'"));
        Assert.That(
            () => OnnxModelFile.Rename(model, "x", "a", "embedding", "b"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("oldOutput").And.Message.Contains("it has 'y'"));
        Assert.That(
            () => OnnxModelFile.Rename(model, "x", "same", "y", "same"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("newOutput"));
    }

    [TestCase(new long[] { 1, 4 })]
    [TestCase(new long[] { 1, -1 })]
    public void A_batch_of_one_becomes_any_batch(long[] reshape)
    {
        ModelProto model = FixedAtOneRow(reshape);

        byte[] free = OnnxBatchAxis.Free(model.ToByteArray());

        Assert.That(OnnxModelFile.Parse(free).Graph.ValueInfo, Is.Empty);
        (float[] values, long[] shape) = OnnxRun.Run<float>(free, Rows, 2, 1, 2, 2);
        Assert.That(shape, Is.EqualTo(new long[] { 2, 4 }));
        Assert.That(values, Is.EqualTo(new float[] { 11, 22, 33, 44, 15, 26, 37, 48 }));
    }

    [Test]
    public void A_batch_that_is_symbolic_or_not_one_stays_as_it_is()
    {
        byte[] symbolic = Doubling();
        ModelProto eight = OnnxModelFile.Parse(Doubling());
        eight.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimValue = 8 };
        eight.Graph.Output[0].Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimValue = 8 };

        Assert.That(OnnxBatchAxis.Free(symbolic), Is.EqualTo(symbolic));
        Assert.That(OnnxBatchAxis.Free(eight.ToByteArray()), Is.EqualTo(eight.ToByteArray()));
    }

    private static byte[] Doubling()
    {
        var builder = new OnnxGraphBuilder("doubling");
        string x = builder.Input("x", 1);
        builder.Output(builder.Node("Mul", [x, builder.Initializer("two", [2f])]), "y", 1);
        return builder.ToArray();
    }

    // Adds (10, 20, 30, 40), itself reshaped from a column, to each image of 1x2x2 laid out as a row. Both shapes begin with 1, but only
    // the image's 1 is the batch.
    private static ModelProto FixedAtOneRow(long[] reshape)
    {
        var builder = new OnnxGraphBuilder("fixed");
        string x = builder.Input("x", 1, 2, 2);
        string shape = builder.Initializer("shape", reshape, reshape.Length);
        string row = builder.Node("Reshape", [x, shape]);
        string offsets = builder.Node("Reshape", [builder.Initializer("offsets", [10f, 20, 30, 40], 4, 1), shape]);
        builder.Output(builder.Node("Add", [row, offsets]), "y", 4);
        ModelProto model = OnnxModelFile.Parse(builder.ToArray());
        ValueInfoProto inner = model.Graph.Output[0].Clone();
        inner.Name = row;
        model.Graph.ValueInfo.Add(inner);
        foreach (ValueInfoProto info in model.Graph.Input.Concat(model.Graph.Output).Concat(model.Graph.ValueInfo))
        {
            info.Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimValue = 1 };
        }

        return model;
    }
}
