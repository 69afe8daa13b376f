using System.Diagnostics;
using Google.Protobuf;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Tests.Onnx;

/// <summary>Files of a few hundred bytes that describe more than fits into memory, that never end, or that contradict themselves.</summary>
public sealed class HostileGraphTests
{
    private static readonly ImageInput Input = new(4, 4, ColorOrder.Grayscale);

    // Each adds a value of (1) to the embedding, which takes the memory on its way.
    private static readonly Dictionary<string, Func<OnnxGraphBuilder, string, string>> Expanders = new()
    {
        ["ConstantOfShape"] = (graph, _) => graph.Node("ConstantOfShape", [graph.Initializer("size", [30_000L, 30_000L], 2)]),
        ["ConstantOfShape of a shape that is computed"] = (graph, image) => graph.Node(
            "ConstantOfShape", [graph.Node("Mul", [graph.Node("Shape", [image]), graph.Initializer("times", [100L, 100L, 100L, 100L], 4)])]),
        ["Expand of a constant"] = (graph, _) => graph.Node("Expand", [graph.Initializer("one", [1f], 1), graph.Initializer("size", [30_000L, 30_000L], 2)]),
        ["Expand of pixels"] = (graph, image) => graph.Node("Expand", [image, graph.Initializer("size", [1L, 10_000_000L, 4L, 4L], 4)]),
        ["Tile"] = (graph, image) => graph.Node("Tile", [image, graph.Initializer("times", [1L, 10_000_000L, 1L, 1L], 4)]),
        ["Pad"] = (graph, image) => graph.Node("Pad", [image, graph.Initializer("pads", [0L, 0L, 0L, 0L, 0L, 0L, 30_000L, 30_000L], 8)]),
        ["Range"] = (graph, _) => graph.Node("Range", [graph.Initializer("from", [0f]), graph.Initializer("to", [1e9f]), graph.Initializer("step", [1f])]),
        ["Resize"] = (graph, image) => graph.Node("Resize", [image, "", graph.Initializer("scales", [1f, 1f, 9000f, 9000f], 4)]),
        ["an outer product"] = (graph, image) => Outer(graph, graph.Node("Expand", [graph.Initializer("one", [1f], 1, 1), graph.Initializer("size", [30_000L, 1L], 2)])),
        ["doubling"] = (graph, image) =>
        {
            for (int i = 0; i < 30; i++)
            {
                image = graph.Node("Concat", [image, image], OnnxAttribute.Int("axis", 1));
            }

            return image;
        },
        ["OneHot"] = (graph, image) => graph.Node(
            "OneHot", [graph.Node("Cast", [image], OnnxAttribute.Int("to", 7)), graph.Initializer("depth", [100_000_000L], 1), graph.Initializer("values", [0f, 1f], 2)]),
        ["many rows only"] = (graph, image) =>
        {
            string rows = graph.Node("Gather", [graph.Node("Shape", [image]), graph.Initializer("first", [0L], 1)]);
            string fourth = graph.Node("Mul", [graph.Node("Mul", [rows, rows]), graph.Node("Mul", [rows, rows])]);
            return graph.Node("ConstantOfShape", [graph.Node("Mul", [fourth, graph.Initializer("times", [4L], 1)])]);
        },
    };

    private static IEnumerable<string> Names => Expanders.Keys;

    [TestCaseSource(nameof(Names))]
    public void A_small_file_that_takes_all_memory_is_refused_when_it_is_loaded(string name)
    {
        byte[] file = Network(Expanders[name]);
        Assert.That(file, Has.Length.LessThan(4096));
        var watch = Stopwatch.StartNew();

        Assert.That(
            () => EmbeddingModel.Load(file),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("memory").And.Message.Contains(OnnxProbe.LimitSetting));

        // Filling the memory would have taken longer.
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)));
    }

    [Test]
    public void A_network_that_stays_within_the_limit_is_loaded()
    {
        EmbeddingModel model = EmbeddingModel.Load(Network((graph, _) => graph.Node("ConstantOfShape", [graph.Initializer("size", [1000L, 1000L], 2)])));
        using ImageEmbedder embedder = model.CreateEmbedder();

        Assert.That(embedder.Embed(new float[16]), Is.All.Zero);
    }

    [Test]
    public void Many_constants_that_fit_one_by_one_are_not_all_kept_when_the_network_is_opened()
    {
        byte[] file = Network((graph, _) =>
        {
            string size = graph.Initializer("size", [15_000_000L], 1);
            string sum = graph.Initializer("start", [0f], 1);
            for (int i = 0; i < 30; i++)
            {
                string expanded = graph.Node("Expand", [graph.Initializer($"value{i}", [(float)i], 1), size]);
                sum = graph.Node("Add", [sum, graph.Node("ReduceMax", [expanded])]);
            }

            return sum;
        });
        EmbeddingModel model = EmbeddingModel.Load(file);
        long before = Environment.WorkingSet;
        long most = 0;
        using var stop = new CancellationTokenSource();
        Task watch = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                most = Math.Max(most, Environment.WorkingSet);
                Thread.Sleep(5);
            }
        });

        model.CreateEmbedder().Dispose();

        stop.Cancel();
        watch.Wait();
        Assert.That(most - before, Is.LessThan(900L << 20), "30 constants of 60 MB");
    }

    [TestCase(false, "each other")]
    [TestCase(true, "themselves")]
    public void Functions_that_multiply_or_call_themselves_are_refused(bool circular, string message)
    {
        ModelProto model = OnnxModelFile.Parse(SmallNetwork.Create().ToArray());
        for (int i = 0; i < 40; i++)
        {
            string called = i > 0 ? $"f{i - 1}" : circular ? "f39" : "Identity";
            string domain = i > 0 || circular ? "own" : string.Empty;
            model.Functions.Add(new FunctionProto
            {
                Name = $"f{i}",
                Domain = "own",
                Input = { "x" },
                Output = { "z" },
                Node =
                {
                    new NodeProto { OpType = called, Domain = domain, Input = { "x" }, Output = { "y" } },
                    new NodeProto { OpType = called, Domain = domain, Input = { "y" }, Output = { "z" } },
                },
            });
        }

        model.Graph.Node.Insert(0, new NodeProto { OpType = "f39", Domain = "own", Input = { "image" }, Output = { "many" } });

        Assert.That(() => EmbeddingModel.Load(model.ToByteArray()), Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));
    }

    [Test]
    public void A_loop_without_an_end_is_refused_when_the_network_is_loaded()
    {
        ModelProto model = OnnxModelFile.Parse(Network((graph, image) => graph.Node("Identity", [image])));
        var body = new GraphProto
        {
            Name = "body",
            Input = { Info("i", 7), Info("go", 9), Info("sum", 1, 1, 1, 4, 4) },
            Output = { Info("on", 9), Info("next", 1, 1, 1, 4, 4) },
            Node =
            {
                new NodeProto { OpType = "Identity", Input = { "go" }, Output = { "on" } },
                new NodeProto { OpType = "Identity", Input = { "sum" }, Output = { "next" } },
            },
        };
        NodeProto identity = model.Graph.Node.First(node => node.OpType == "Identity");
        identity.OpType = "Loop";
        string image = identity.Input[0];
        identity.Input.Clear();
        identity.Input.AddRange(["turns", "yes", image]);
        identity.Attribute.Add(new AttributeProto { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = body });
        model.Graph.Initializer.Add(new TensorProto { Name = "turns", DataType = 7, Int64Data = { long.MaxValue } });
        model.Graph.Initializer.Add(new TensorProto { Name = "yes", DataType = 9, Int32Data = { 1 } });

        Assert.That(() => EmbeddingModel.Load(model.ToByteArray()), Throws.TypeOf<InvalidDataException>().With.Message.Contains("did not end"));
    }

    [TestCase(1, 4L, 5L)]
    [TestCase(1, 1L << 40, 1L << 40)]
    [TestCase(1, -1L)]
    [TestCase(11, 2L)]
    [TestCase(99, 1L)]
    public void A_constant_whose_data_is_not_that_of_its_shape_is_refused_by_name(int elementType, params long[] shape)
    {
        ModelProto model = OnnxModelFile.Parse(SmallNetwork.Create().ToArray());
        TensorProto weights = model.Graph.Initializer[0];
        weights.Dims.Clear();
        weights.Dims.AddRange(shape);
        weights.DataType = elementType;

        Assert.That(() => EmbeddingModel.Load(model.ToByteArray()), Throws.TypeOf<InvalidDataException>().With.Message.Contains("'weights'"));
    }

    [Test]
    public void Weights_in_another_file_are_refused_wherever_the_tensor_stands()
    {
        var elsewhere = new TensorProto
        {
            Name = "elsewhere",
            DataType = 1,
            Dims = { 1 },
            DataLocation = TensorProto.Types.DataLocation.External,
            ExternalData = { new StringStringEntryProto { Key = "location", Value = "../../../etc/passwd" } },
        };
        ModelProto initializer = OnnxModelFile.Parse(SmallNetwork.Create().ToArray());
        initializer.Graph.Initializer.Add(elsewhere);
        ModelProto attribute = OnnxModelFile.Parse(SmallNetwork.Create().ToArray());
        attribute.Graph.Node.Add(new NodeProto
        {
            OpType = "Constant",
            Output = { "c" },
            Attribute = { new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = elsewhere } },
        });
        ModelProto inner = OnnxModelFile.Parse(SmallNetwork.Create().ToArray());
        inner.Graph.Node.Add(new NodeProto
        {
            OpType = "If",
            Output = { "d" },
            Attribute = { new AttributeProto { Name = "then_branch", Type = AttributeProto.Types.AttributeType.Graph, G = new GraphProto { Initializer = { elsewhere } } } },
        });

        foreach (ModelProto model in new[] { initializer, attribute, inner })
        {
            Assert.That(
                () => EmbeddingModel.Load(model.ToByteArray()),
                Throws.TypeOf<InvalidDataException>().With.Message.Contains("external data").And.Message.Contains("'elsewhere'").And.Message.Contains("passwd"));
        }
    }

    [Test]
    public void Metadata_that_is_not_text_is_refused()
    {
        byte[] file = SmallNetwork.Create(describe: metadata => metadata["note"] = "0123456789").ToArray();
        int at = file.AsSpan().IndexOf("0123456789"u8);
        file[at + 3] = 0xFF;

        Assert.That(() => EmbeddingModel.Load(file), Throws.TypeOf<InvalidDataException>().With.Message.Contains("UTF-8").And.Message.Contains("'note'"));
    }

    [TestCase("siamese.dimen\u0001\0on", "3")]
    [TestCase("note", "a\0b")]
    public void Metadata_with_a_text_that_ends_before_its_end_is_refused(string key, string value)
    {
        ModelProto model = OnnxModelFile.Parse(SmallNetwork.Create().ToArray());
        model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });

        Assert.That(() => EmbeddingModel.Load(model.ToByteArray()), Throws.TypeOf<InvalidDataException>().With.Message.Contains("control characters"));
    }

    [Test]
    public void Ends_and_constants_that_share_a_name_are_refused()
    {
        ModelProto inputs = OnnxModelFile.Parse(SmallNetwork.Create().ToArray());
        inputs.Graph.Input.Add(inputs.Graph.Input[0].Clone());
        ModelProto outputs = OnnxModelFile.Parse(SmallNetwork.Create().ToArray());
        outputs.Graph.Output.Add(outputs.Graph.Output[0].Clone());
        ModelProto constants = OnnxModelFile.Parse(SmallNetwork.Create().ToArray());
        constants.Graph.Initializer.Add(constants.Graph.Initializer[0].Clone());

        foreach (ModelProto model in new[] { inputs, outputs, constants })
        {
            Assert.That(() => EmbeddingModel.Load(model.ToByteArray()), Throws.TypeOf<InvalidDataException>().With.Message.Contains("two"));
        }
    }

    [Test]
    public void A_graph_that_cannot_be_run_is_refused_when_it_is_loaded()
    {
        byte[] file = Network((graph, image) => graph.Node("Reshape", [image, graph.Initializer("shape", [7L, -1L], 2)]));

        Assert.That(() => EmbeddingModel.Load(file), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void The_outline_of_a_model_has_all_but_the_large_weights()
    {
        var graph = new OnnxGraphBuilder("large");
        string image = graph.Input("image", 1, 64, 64);
        string flat = graph.Node("Flatten", [image]);
        graph.Output(graph.Node("MatMul", [flat, graph.Initializer("weights", new float[4096 * 3], 4096, 3)]), "embedding", 3);
        graph.Metadata["a"] = "b";
        byte[] file = graph.ToArray();

        byte[] outline = OnnxModelOutline.Of(file, out IReadOnlyDictionary<int, int> weights);
        ModelProto read = OnnxModelFile.ReadOutline(file);
        ModelProto whole = OnnxModelFile.Parse(file);

        Assert.That(outline, Has.Length.LessThan(1000));
        Assert.That(weights, Is.EqualTo(new Dictionary<int, int> { [0] = 4096 * 3 * 4 }));
        whole.Graph.Initializer[0].RawData = ByteString.Empty;
        Assert.That(read, Is.EqualTo(whole));
    }

    private static byte[] Network(Func<OnnxGraphBuilder, string, string> expand)
    {
        var graph = new OnnxGraphBuilder("hostile");
        string image = graph.Input("image", 1, 4, 4);
        string flat = graph.Node("Flatten", [image]);
        string expanded = expand(graph, image);
        string sum = graph.Node("ReduceSum", [graph.Node("Cast", [expanded], OnnxAttribute.Int("to", 1))], OnnxAttribute.Int("keepdims", 0));
        string none = graph.Node("Mul", [sum, graph.Initializer("none", [0f], 1)]);
        graph.Output(graph.Node("Add", [graph.Node("MatMul", [flat, graph.Initializer("dense", new float[16 * 3], 16, 3)]), none]), "embedding", 3);
        EmbeddingMetadata.WriteInput(graph.Metadata, Input);
        return graph.ToArray();
    }

    private static string Outer(OnnxGraphBuilder graph, string column) =>
        graph.Node("MatMul", [column, graph.Node("Transpose", [column])]);

    private static ValueInfoProto Info(string name, int type, params int[] shape)
    {
        var dimensions = shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = new TensorShapeProto { Dim = { dimensions } } } },
        };
    }
}
