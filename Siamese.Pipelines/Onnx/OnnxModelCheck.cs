using System.Globalization;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Onnx;

/// <summary>Refuses models that contradict themselves, before anything makes room for what they state.</summary>
internal static class OnnxModelCheck
{
    // Stands for what cannot be shown.
    private const char Replacement = '\uFFFD';

    private const int StringElements = 8;

    // Large networks have some thousands.
    private const int MostNodes = 100_000;

    /// <summary>Checks a model: its texts and names, and that each tensor has the data that its shape states.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">The lengths of raw data that was left out of <paramref name="model"/>, by the place of the initializer.</param>
    /// <param name="source">What to call the file in messages.</param>
    /// <exception cref="InvalidDataException">The model contradicts itself, or keeps its weights in another file.</exception>
    public static void Check(ModelProto model, IReadOnlyDictionary<int, int> weights, string source)
    {
        // ONNX Runtime and other readers end a text at the first NUL.
        if (model.MetadataProps.FirstOrDefault(entry => entry.Key.Any(char.IsControl) || entry.Value.Contains('\0', StringComparison.Ordinal)) is { } damaged)
        {
            throw new InvalidDataException($"{source} has control characters in its metadata, under '{Shown(damaged.Key)}'. The file is damaged.");
        }

        GraphProto graph = model.Graph;
        CheckNames(graph.Input.Select(info => info.Name), "input", source);
        CheckNames(graph.Output.Select(info => info.Name), "output", source);
        for (int i = 0; i < graph.Initializer.Count; i++)
        {
            CheckTensor(graph.Initializer[i], weights.GetValueOrDefault(i), source);
        }

        CheckGraph(graph, isWhole: true, source);
        foreach (FunctionProto function in model.Functions)
        {
            CheckNodes(function.Node, source);
        }

        // ONNX Runtime puts the nodes of a function in the place of each call: a few functions that call each other twice become millions.
        var sizes = new Dictionary<(string Domain, string Name), long?>();
        if (Expanded(graph.Node, model.Functions, sizes) is var nodes && (nodes is null || nodes > MostNodes))
        {
            throw new InvalidDataException(
                $"{source} has functions that call {(nodes is null ? "themselves" : $"each other, so that it has {nodes:N0} nodes or more")}; at most {MostNodes:N0} nodes are run.");
        }
    }

    /// <summary>Returns whether a graph has a step that may repeat without end: a Loop or a Scan, at any depth.</summary>
    public static bool HasLoops(ModelProto model) =>
        model.Functions.SelectMany(function => function.Node).Concat(model.Graph.Node).Any(IsLoop);

    /// <summary>A text out of a file that is not trusted, for a message.</summary>
    public static string Shown(string text)
    {
        const int Most = 100;
        string cut = text.Length > Most ? string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, Most)}...") : text;
        return string.Concat(cut.Select(character => char.IsControl(character) ? Replacement : character));
    }

    /// <summary>Counts the nodes of a graph, of the graphs inside them and of its functions.</summary>
    public static int CountNodes(ModelProto model) => Count(model.Graph.Node) + model.Functions.Sum(function => Count(function.Node));

    private static bool IsLoop(NodeProto node) =>
        node.OpType is "Loop" or "Scan" or "SequenceMap" || Inner(node).SelectMany(graph => graph.Node).Any(IsLoop);

    /// <summary>Counts nodes with those of the functions that they call; null where a function calls itself, at any depth.</summary>
    private static long? Expanded(
        IEnumerable<NodeProto> nodes, IReadOnlyList<FunctionProto> functions, Dictionary<(string Domain, string Name), long?> sizes)
    {
        if (functions.Count == 0)
        {
            return 0;
        }

        long sum = 0;
        foreach (NodeProto node in nodes)
        {
            long? size = 1;
            (string Domain, string Name) called = (node.Domain, node.OpType);
            if (functions.FirstOrDefault(function => function.Domain == called.Domain && function.Name == called.Name) is { } function && !sizes.TryGetValue(called, out size))
            {
                // Null until it is known: whoever meets it meanwhile calls what calls it.
                sizes[called] = null;
                size = Expanded(function.Node, functions, sizes);
                sizes[called] = size;
            }

            foreach (GraphProto inner in Inner(node))
            {
                size += Expanded(inner.Node, functions, sizes);
            }

            if (size is null)
            {
                return null;
            }

            sum = Math.Min(sum + size.Value, int.MaxValue);
        }

        return sum;
    }

    private static int Count(IEnumerable<NodeProto> nodes) => nodes.Sum(node => 1 + Inner(node).Sum(graph => Count(graph.Node)));

    private static IEnumerable<GraphProto> Inner(NodeProto node) =>
        node.Attribute.SelectMany(attribute => attribute.G is null ? attribute.Graphs : [attribute.G, .. attribute.Graphs]);

    private static void CheckGraph(GraphProto graph, bool isWhole, string source)
    {
        CheckNames(graph.Initializer.Select(tensor => tensor.Name), "constant", source);
        if (!isWhole)
        {
            foreach (TensorProto tensor in graph.Initializer)
            {
                CheckTensor(tensor, omitted: 0, source);
            }
        }

        foreach (SparseTensorProto sparse in graph.SparseInitializer)
        {
            CheckSparse(sparse, source);
        }

        CheckNodes(graph.Node, source);
    }

    private static void CheckNodes(IEnumerable<NodeProto> nodes, string source)
    {
        foreach (NodeProto node in nodes)
        {
            if (node.Output.Count == 0)
            {
                throw new InvalidDataException($"{source} has a {Shown(node.OpType)} node '{Shown(node.Name)}' without an output.");
            }

            foreach (AttributeProto attribute in node.Attribute)
            {
                foreach (TensorProto tensor in attribute.T is null ? attribute.Tensors : [attribute.T, .. attribute.Tensors])
                {
                    CheckTensor(tensor, omitted: 0, source);
                }

                foreach (SparseTensorProto sparse in attribute.SparseTensor is null ? attribute.SparseTensors : [attribute.SparseTensor, .. attribute.SparseTensors])
                {
                    CheckSparse(sparse, source);
                }
            }

            foreach (GraphProto inner in Inner(node))
            {
                CheckGraph(inner, isWhole: false, source);
            }
        }
    }

    private static void CheckNames(IEnumerable<string> names, string kind, string source)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
            {
                throw new InvalidDataException($"{source} has an {kind} whose name '{Shown(name)}' is empty or ends before its end. The file is damaged.");
            }

            if (!seen.Add(name))
            {
                throw new InvalidDataException($"{source} has two of its {kind}s named '{Shown(name)}'.");
            }
        }
    }

    private static void CheckTensor(TensorProto tensor, int omitted, string source)
    {
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External || tensor.ExternalData.Count > 0)
        {
            string file = tensor.ExternalData.FirstOrDefault(entry => entry.Key == "location")?.Value is { } location ? $" '{Shown(location)}'" : string.Empty;
            throw External(tensor, source, file);
        }

        int bits = BitsOf(tensor.DataType);
        if (bits < 0)
        {
            throw new InvalidDataException($"{source} has a tensor '{Shown(tensor.Name)}' of the unknown element type {tensor.DataType}.");
        }

        long count = CountOf(tensor.Dims, tensor.Name, source);
        if (count == 0)
        {
            return;
        }

        long raw = Math.Max(tensor.RawData.Length, omitted);
        long values = ValuesOf(tensor);
        if (raw == 0 && values == 0)
        {
            throw External(tensor, source, string.Empty);
        }

        // Elements of fewer than 8 bits stand several to a value, in more than one way.
        bool fits = raw > 0
            ? tensor.DataType != StringElements && (UInt128)raw == (((UInt128)count * (uint)bits) + 7) / 8
            : bits < 8 ? values <= count : values == count * (tensor.DataType is 14 or 15 ? 2 : 1);
        if (!fits)
        {
            string found = raw > 0 ? $"{raw:N0} bytes" : $"{values:N0} values";
            throw new InvalidDataException(
                $"{source} has a tensor '{Shown(tensor.Name)}' of shape ({string.Join(", ", tensor.Dims)}) and element type {tensor.DataType}, "
                + $"but {found} of data for it. The file is damaged.");
        }
    }

    private static void CheckSparse(SparseTensorProto sparse, string source)
    {
        string name = sparse.Values?.Name ?? string.Empty;
        long count = CountOf(sparse.Dims, name, source);
        if (sparse.Values is not null)
        {
            CheckTensor(sparse.Values, omitted: 0, source);
        }

        if (sparse.Indices is not null)
        {
            CheckTensor(sparse.Indices, omitted: 0, source);
        }

        if (count > OnnxProbe.MemoryLimit / sizeof(double))
        {
            throw new InvalidDataException(
                $"{source} has a sparse tensor '{Shown(name)}' of shape ({string.Join(", ", sparse.Dims)}), which needs more memory than "
                + $"the {OnnxProbe.MemoryLimit:N0} bytes that a graph may take.");
        }
    }

    private static InvalidDataException External(TensorProto tensor, string source, string file) => new(
        $"{source} keeps its weights, such as '{Shown(tensor.Name)}', in another file{file} (external data). "
        + "Save it again with all tensors inside the one file.");

    private static long CountOf(IEnumerable<long> dimensions, string name, string source)
    {
        UInt128 count = 1;
        foreach (long dimension in dimensions)
        {
            if (dimension < 0)
            {
                throw new InvalidDataException($"{source} has a tensor '{Shown(name)}' with a dimension of {dimension}. The file is damaged.");
            }

            count = UInt128.Min(count * (ulong)dimension, long.MaxValue);
        }

        return (long)count;
    }

    private static long ValuesOf(TensorProto tensor) => tensor.DataType switch
    {
        1 or 14 => tensor.FloatData.Count,
        StringElements => tensor.StringData.Count,
        7 => tensor.Int64Data.Count,
        11 or 15 => tensor.DoubleData.Count,
        12 or 13 => tensor.Uint64Data.Count,
        _ => tensor.Int32Data.Count,
    };

    // The numbers are those of TensorProto.DataType, whose later ones our own files do not have.
    private static int BitsOf(int elementType) => elementType switch
    {
        1 or 6 or 12 => 32,
        2 or 3 or 9 or (>= 17 and <= 20) or 24 => 8,
        4 or 5 or 10 or 16 => 16,
        7 or 11 or 13 or 14 => 64,
        15 => 128,
        21 or 22 or 23 => 4,
        25 or 26 => 2,
        StringElements => 0,
        _ => -1,
    };
}
