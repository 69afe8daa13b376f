using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Tests.Onnx;

public sealed class OnnxHiddenLayerTests
{
    [Test]
    public void The_layer_before_the_last_dense_one_is_read_before_its_activation()
    {
        // (x, y) → (x − y, y − x) → ReLU → their sum → length 1.
        var graph = new OnnxGraphBuilder("two layers");
        string hidden = graph.Node("Gemm", [graph.Input("input", 2), graph.Initializer("first", [1f, -1f, -1f, 1f], 2, 2)]);
        string sum = graph.Node("MatMul", [graph.Node("Relu", [hidden]), graph.Initializer("second", [1f, 1f], 2, 1)]);
        graph.Output(graph.Node("LpNormalization", [sum], OnnxAttribute.Int("axis", 1)), "embedding", 1);

        (byte[] model, string tensor, int length) = OnnxHiddenLayer.Expose(graph.ToArray(), "embedding");

        Assert.That(length, Is.EqualTo(2));
        using Microsoft.ML.OnnxRuntime.InferenceSession session = OnnxSession.Open(model);
        Assert.That(session.OutputNames, Is.EqualTo(new[] { "embedding", tensor }));
        var hiddenOf = new OnnxStep(model, [new OnnxColumn("input", "input", [2])], [new OnnxColumn("hidden", tensor, [2])]);
        using var run = new OnnxSession(hiddenOf, threads: 1, typeof(OnnxHiddenLayerTests));
        var found = new float[4];
        run.Run([[3, 1, 1, 5]], [found], 0, 2);
        Assert.That(found, Is.EqualTo(new float[] { 2, -2, -4, 4 }));
    }

    [Test]
    public void A_layer_that_is_an_output_already_is_not_added_twice()
    {
        var graph = new OnnxGraphBuilder("two layers");
        string hidden = graph.Node("Gemm", [graph.Input("input", 2), graph.Initializer("first", [1f, -1f, -1f, 1f], 2, 2)]);
        graph.Output(graph.Node("MatMul", [hidden, graph.Initializer("second", [1f, 1f], 2, 1)]), "embedding", 1);
        (byte[] once, string tensor, _) = OnnxHiddenLayer.Expose(graph.ToArray(), "embedding");

        (byte[] twice, string again, _) = OnnxHiddenLayer.Expose(once, "embedding");

        Assert.That(again, Is.EqualTo(tensor));
        Assert.That(twice, Is.EqualTo(once));
    }

    [TestCase("bias first")]
    [TestCase("divided by its length")]
    [TestCase("weights in a node")]
    public void The_last_dense_layer_is_found_however_the_nodes_after_it_are_written(string form)
    {
        var graph = new OnnxGraphBuilder("two layers");
        string hidden = graph.Node("Gemm", [graph.Input("input", 2), graph.Initializer("first", [1f, -1f, -1f, 1f], 2, 2)]);
        string last = graph.Node("MatMul", [graph.Node("Relu", [hidden]), graph.Initializer("second", [1f, 1f], 2, 1)]);
        string end = form switch
        {
            "bias first" => graph.Node("Add", [graph.Initializer("bias", [1f], 1), last]),
            "divided by its length" => graph.Node("Div", [last, graph.Node("ReduceL2", [last], OnnxAttribute.Ints("axes", 1))]),
            _ => graph.Node("Identity", [last]),
        };
        graph.Output(end, "embedding", 1);
        byte[] file = form == "weights in a node" ? SmallGraphs.Edit(graph.ToArray(), MakeWeightsANode) : graph.ToArray();

        (_, string tensor, int length) = OnnxHiddenLayer.Expose(file, "embedding");

        Assert.That((tensor, length), Is.EqualTo((hidden, 2)));
    }

    [Test]
    public void A_network_without_a_dense_layer_is_refused()
    {
        var graph = new OnnxGraphBuilder("pool");
        graph.Output(graph.Node("Flatten", [graph.Node("GlobalAveragePool", [graph.Input("image", 3, 8, 8)])]), "embedding", 3);

        Assert.That(
            () => OnnxHiddenLayer.Expose(graph.ToArray(), "embedding"),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("No dense layer").And.Message.Contains("'embedding'"));
    }

    private static void MakeWeightsANode(GraphProto graph)
    {
        TensorProto weights = graph.Initializer.Single(tensor => tensor.Name == "second");
        graph.Initializer.Remove(weights);
        var value = new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = weights };
        graph.Node.Insert(0, new NodeProto { OpType = "Constant", Output = { "second" }, Attribute = { value } });
    }
}
