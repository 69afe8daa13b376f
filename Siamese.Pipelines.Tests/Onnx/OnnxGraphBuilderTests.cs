using Microsoft.ML.OnnxRuntime;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Tests.Onnx;

public sealed class OnnxGraphBuilderTests
{
    // y = W x + b by hand: (1·1 + 2·2 + 3·3 + 10, 4·1 + 5·2 + 6·3 + 20).
    [Test]
    public void A_graph_computes_what_its_nodes_say_for_any_number_of_rows()
    {
        byte[] model = Affine().ToArray();

        Assert.That(OnnxRun.Run(model, [1, 2, 3], 1, 3), Is.EqualTo(new float[] { 24, 52 }));
        Assert.That(OnnxRun.Run(model, [1, 2, 3, 0, 0, 0], 2, 3), Is.EqualTo(new float[] { 24, 52, 10, 20 }));
    }

    [Test]
    public void The_written_model_declares_names_versions_and_shapes()
    {
        OnnxGraphBuilder builder = Affine();
        builder.Metadata["b"] = "2";
        builder.Metadata["a"] = "1";

        using var session = new InferenceSession(builder.ToArray());

        Assert.That(session.InputMetadata["x"].SymbolicDimensions, Is.EqualTo(new[] { "N", "" }));
        Assert.That(session.InputMetadata["x"].Dimensions, Is.EqualTo(new[] { -1, 3 }));
        Assert.That(session.OutputMetadata["y"].Dimensions, Is.EqualTo(new[] { -1, 2 }));
        Assert.That(session.ModelMetadata.ProducerName, Is.EqualTo("Siamese.Pipelines"));
        Assert.That(session.ModelMetadata.GraphName, Is.EqualTo("affine"));
        Assert.That(session.ModelMetadata.CustomMetadataMap, Is.EquivalentTo(new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" }));
    }

    [Test]
    public void The_same_calls_give_the_same_bytes_in_whatever_order_metadata_came()
    {
        OnnxGraphBuilder first = Affine();
        first.Metadata["a"] = "1";
        first.Metadata["b"] = "2";
        OnnxGraphBuilder second = Affine();
        second.Metadata["b"] = "2";
        second.Metadata["a"] = "1";

        Assert.That(second.ToArray(), Is.EqualTo(first.ToArray()));
    }

    [Test]
    public void Nodes_are_named_after_their_operator_or_the_given_name_and_never_alike()
    {
        var builder = new OnnxGraphBuilder("names");
        string x = builder.Input("x", 1);

        string[] names =
        [
            builder.Node("Relu", [x]),
            builder.Node("Relu", [x]),
            builder.Node("conv1.Relu", "Relu", [x]),
            builder.Node("x", "Relu", [x]),
        ];

        Assert.That(names, Is.EqualTo(new[] { "Relu", "Relu_1", "conv1.Relu", "x_1" }));
    }

    [Test]
    public void A_node_of_several_outputs_gives_a_name_for_each()
    {
        var builder = new OnnxGraphBuilder("nearest");
        string distances = builder.Input("distances", 4);
        IReadOnlyList<string> nearest = builder.Nodes(
            "nearest", "TopK", [distances, builder.Initializer("k", [2L], 1)], 2, OnnxAttribute.Int("largest", 0));
        builder.Output(nearest[1], "indices", OnnxElementType.Int64, 2);

        (long[] indices, long[] shape) = OnnxRun.Run<long>(builder.ToArray(), [4, 1, 3, 2, 0, 9, 9, 5], 2, 4);

        Assert.That(indices, Is.EqualTo(new long[] { 1, 3, 0, 3 }));
        Assert.That(shape, Is.EqualTo(new long[] { 2, 2 }));
    }

    [Test]
    public void Attributes_of_all_kinds_reach_the_operator()
    {
        var builder = new OnnxGraphBuilder("attributes");
        string x = builder.Input("x", 1, 2, 2);
        string leaky = builder.Node("LeakyRelu", [x], OnnxAttribute.Float("alpha", 0.5f));
        string turned = builder.Node("Transpose", [leaky], OnnxAttribute.Ints("perm", 0, 1, 3, 2));
        string deep = builder.Node(
            "SpaceToDepth", [turned], OnnxAttribute.Int("blocksize", 2));
        string shape = builder.Node("Reshape", [deep, builder.Initializer("shape", [0L, 4], 2)]);
        string tree = builder.Node("Einsum", [shape, shape], OnnxAttribute.String("equation", "ni,ni->n"));
        builder.Output(tree, "squares");

        // −2 is halved; 1 + 1 + 9 + 16 for (−2, 1, 3, 4).
        Assert.That(OnnxRun.Run(builder.ToArray(), [-2, 1, 3, 4], 1, 1, 2, 2), Is.EqualTo(new float[] { 27 }));
    }

    [Test]
    public void An_output_may_be_an_input_a_constant_or_a_value_under_two_names()
    {
        var builder = new OnnxGraphBuilder("outputs");
        string x = builder.Input("x", 2);
        string relu = builder.Node("Relu", [x]);
        builder.Output(relu, "first", 2);
        builder.Output(relu, "second", 2);
        builder.Output(x, "third", 2);

        using var session = new InferenceSession(builder.ToArray());
        using OrtValue row = OrtValue.CreateTensorValueFromMemory<float>([-1, 2], [1, 2]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["x"], [row], ["first", "second", "third"]);

        Assert.That(results[0].GetTensorDataAsSpan<float>().ToArray(), Is.EqualTo(new float[] { 0, 2 }));
        Assert.That(results[1].GetTensorDataAsSpan<float>().ToArray(), Is.EqualTo(new float[] { 0, 2 }));
        Assert.That(results[2].GetTensorDataAsSpan<float>().ToArray(), Is.EqualTo(new float[] { -1, 2 }));
    }

    [Test]
    public void A_node_steps_aside_for_an_output_of_its_name_and_stays_usable()
    {
        var builder = new OnnxGraphBuilder("aside");
        string x = builder.Input("x", 1);
        string half = builder.Node("embedding", "Mul", [x, builder.Initializer("half", [0.5f])]);
        string squared = builder.Node("Mul", [half, half]);
        builder.Output(squared, "embedding", 1);
        string cubed = builder.Node("Mul", [squared, half]);
        builder.Output(cubed, "cubed", 1);

        Assert.That(OnnxRun.Run(builder.ToArray(), [6], 1, 1), Is.EqualTo(new float[] { 9 }));
    }

    [Test]
    public void A_name_that_is_taken_is_refused()
    {
        OnnxGraphBuilder builder = Affine();

        Assert.That(() => builder.Input("x", 3), Refused("name", "'x'"));
        Assert.That(() => builder.Initializer("W", [1f]), Refused("name", "'W'"));
        Assert.That(() => builder.Initializer("y", [1L]), Refused("name", "an output named 'y'"));
        Assert.That(() => builder.Output("Gemm", "y", 2), Refused("outputName", "an output named 'y'"));
        Assert.That(() => builder.Output("Gemm", "x", 2), Refused("outputName", "an input named 'x'"));
        Assert.That(() => builder.Output("Gemm", "W", 2), Refused("outputName", "a constant named 'W'"));
    }

    [Test]
    public void A_value_that_was_never_added_is_refused()
    {
        OnnxGraphBuilder builder = Affine();

        Assert.That(() => builder.Node("Relu", ["z"]), Refused("inputs", "'z' is not a value of the graph 'affine'"));
        Assert.That(() => builder.Output("z", "w", 2), Refused("valueName", "'z'"));
    }

    [Test]
    public void An_optional_input_is_left_out_by_an_empty_name()
    {
        var builder = new OnnxGraphBuilder("clip");
        string x = builder.Input("x", 2);
        builder.Output(builder.Node("Clip", [x, "", builder.Initializer("most", [1f])]), "y", 2);

        Assert.That(OnnxRun.Run(builder.ToArray(), [-5, 5], 1, 2), Is.EqualTo(new float[] { -5, 1 }));
    }

    [Test]
    public void Values_that_do_not_fill_the_shape_are_refused_with_both_numbers()
    {
        var builder = new OnnxGraphBuilder("values");

        Assert.That(() => builder.Initializer("w", [1f, 2f, 3f], 2, 2), Refused("values", "3 values, but its shape (2, 2) holds 4"));
        Assert.That(() => builder.Initializer("w", [1L, 2L]), Refused("values", "2 values, but its shape () holds 1"));
    }

    [Test]
    public void Bad_dimensions_and_blank_names_are_refused_by_name()
    {
        var builder = new OnnxGraphBuilder("bad");
        string x = builder.Input("x", 1);

        Assert.That(
            () => builder.Input("y", -2),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("shapeAfterBatch"));
        Assert.That(() => builder.Output(x, "y", -1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("-1"));
        Assert.That(() => new OnnxGraphBuilder(" "), Throws.ArgumentException.With.Property("ParamName").EqualTo("name"));
        Assert.That(() => builder.Node("", [x]), Throws.ArgumentException);
        Assert.That(() => OnnxAttribute.Int("", 1), Throws.ArgumentException.With.Property("ParamName").EqualTo("name"));
        Assert.That(
            () => builder.Node("LeakyRelu", [x], OnnxAttribute.Float("alpha", 1), OnnxAttribute.Float("alpha", 2)),
            Refused("attributes", "'alpha' twice"));
    }

    [Test]
    public void A_graph_without_output_is_not_written()
    {
        var builder = new OnnxGraphBuilder("empty");
        builder.Input("x", 1);

        Assert.That(builder.ToArray, Throws.InvalidOperationException.With.Message.Contains("'empty' has no output"));
    }

    [Test]
    public void Save_replaces_the_file_and_leaves_nothing_else()
    {
        string folder = Directory.CreateTempSubdirectory("siamese-onnx").FullName;
        try
        {
            string path = Path.Combine(folder, "affine.onnx");
            File.WriteAllText(path, "an older file");

            Affine().Save(path);

            Assert.That(File.ReadAllBytes(path), Is.EqualTo(Affine().ToArray()));
            Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { path }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static OnnxGraphBuilder Affine()
    {
        var builder = new OnnxGraphBuilder("affine");
        string x = builder.Input("x", 3);
        string weights = builder.Initializer("W", [1f, 2, 3, 4, 5, 6], 2, 3);
        string bias = builder.Initializer("b", [10f, 20], 2);
        builder.Output(builder.Node("Gemm", [x, weights, bias], OnnxAttribute.Int("transB", 1)), "y", 2);
        return builder;
    }

    private static NUnit.Framework.Constraints.ContainsConstraint Refused(string parameter, string text) =>
        Throws.ArgumentException.With.Property("ParamName").EqualTo(parameter).And.Message.Contains(text);
}
