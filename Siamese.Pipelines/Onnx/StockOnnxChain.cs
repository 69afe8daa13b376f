using System.Globalization;
using System.IO.Compression;
using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Onnx;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Onnx;

/// <summary>The form in which a step is saved: ML.NET's own transformers, which every ML.NET program can load.</summary>
/// <remarks>
/// ML.NET keeps the means of saving to its own transformers, so ours are saved by handing <see cref="ICanSaveModel.Save"/> on to
/// these. What they need to become ours again stands in the graph's metadata.
/// </remarks>
internal sealed class StockOnnxChain : IDisposable
{
    // The last of the types that ML.NET knows, by the format's numbers.
    private const int UInt64 = 13;

    private const string InputsKey = "siamese.step.inputs";
    private const string OutputsKey = "siamese.step.outputs";
    private const string ImageKey = "siamese.step.image";
    private const string FolderKey = "siamese.step.paths.folder";
    private const string OrientationKey = "siamese.step.paths.orientation";
    private const string PixelsKey = "siamese.step.paths.pixels";

    private readonly string _file;
    private readonly TransformerChain<ITransformer> _chain;

    private StockOnnxChain(string file, TransformerChain<ITransformer> chain)
    {
        _file = file;
        _chain = chain;
    }

    /// <summary>Makes the stock form of a step.</summary>
    public static StockOnnxChain Create(MLContext ml, OnnxStep step)
    {
        OnnxColumn? image = step.Inputs.SingleOrDefault(input => input.Image is not null);

        // ApplyOnnxModel takes the tensors' names as the columns' names, and a graph names each tensor once: columns that cannot
        // stand for tensors get other names inside the chain.
        OnnxColumn[] inputs = [.. step.Inputs.Select(input => input == image ? Planes(input) : input)];
        string[] outputNames = [.. step.Outputs.Select(output => inputs.Any(input => input.Name == output.Name) ? $"{output.Name}.scored" : output.Name)];
        byte[] graph = Rename(ForStock(image is null ? step.Graph : step.GraphForPlanes!(), step), step, inputs, outputNames);
        var metadata = new Dictionary<string, string>(OnnxModelFile.ReadMetadata(graph), StringComparer.Ordinal)
        {
            [InputsKey] = string.Join('\n', step.Inputs.Select(input => input.Name)),
            [OutputsKey] = string.Join('\n', step.Outputs.Select(output => output.Name)),
        };
        if (metadata.ContainsKey(EmbeddingMetadata.InputWidth))
        {
            metadata[EmbeddingMetadata.Output] = outputNames[0];
        }

        // A network that was taken out of a loaded chain still has what that chain said of its columns.
        Array.ForEach([ImageKey, FolderKey, OrientationKey, PixelsKey], key => metadata.Remove(key));
        if (image is not null)
        {
            metadata[ImageKey] = image.Name;
        }

        if (image?.Paths is { } paths)
        {
            metadata[FolderKey] = paths.Folder ?? string.Empty;
            metadata[OrientationKey] = paths.File.HonorOrientation ? "true" : "false";
            metadata[PixelsKey] = paths.File.MaximumPixels.ToString(CultureInfo.InvariantCulture);
        }

        string file = Path.Combine(Path.GetTempPath(), $"siamese-{Guid.NewGuid():N}.onnx");
        byte[] described = OnnxModelFile.WithMetadata(graph, metadata);
        AtomicFile.Write(file, stream => stream.Write(described));
        try
        {
            return new StockOnnxChain(file, Chain(ml, step, image, inputs, outputNames, file));
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    /// <summary>Finds the steps of this library in a loaded model and makes them again.</summary>
    /// <param name="ml">The context of the loaded model.</param>
    /// <param name="loaded">A transformer, or a chain of them at any depth. The stock parts that are replaced are disposed.</param>
    /// <param name="create">Makes a transformer of a step's graph, columns and, for images, the image column's name.</param>
    public static ITransformer Restore(MLContext ml, ITransformer loaded, Func<StockOnnxStep, ITransformer> create)
    {
        if (loaded is OnnxTransformer single && Read(ml, single) is { } step)
        {
            single.Dispose();
            return create(step);
        }

        if (loaded is not IEnumerable<ITransformer> chain)
        {
            return loaded;
        }

        ITransformer[] parts = [.. chain];

        // An image step is a chain of its own: the network after what reads the pixels, before what drops them.
        OnnxTransformer? network = parts.OfType<OnnxTransformer>().FirstOrDefault();
        if (network is not null && Read(ml, network) is { } nested && nested.IsChainOf(parts))
        {
            Array.ForEach(parts, part => (part as IDisposable)?.Dispose());
            return create(nested);
        }

        return new TransformerChain<ITransformer>([.. parts.Select(part => Restore(ml, part, create))]);
    }

    public void Save(ModelSaveContext context) => ((ICanSaveModel)_chain).Save(context);

    public void Dispose()
    {
        _chain.Dispose();
        File.Delete(_file);
    }

    private static OnnxColumn Planes(OnnxColumn image) =>
        new($"{image.Name}.planes", image.Tensor, [3, image.Image!.Height, image.Image.Width]);

    /// <summary>
    /// Leaves a graph the outputs of a step, in the step's order, and declares their shapes: ML.NET reads the file without the runtime's
    /// inference.
    /// </summary>
    private static byte[] ForStock(byte[] graph, OnnxStep step)
    {
        ModelProto model = OnnxModelFile.Parse(graph);
        model.Graph.ValueInfo.Clear();
        HideFromStock(model.Graph);
        Dictionary<string, ValueInfoProto> declared = model.Graph.Output.ToDictionary(info => info.Name, StringComparer.Ordinal);
        model.Graph.Output.Clear();
        foreach (OnnxColumn output in step.Outputs)
        {
            TensorShapeProto? shape = declared.GetValueOrDefault(output.Tensor)?.Type?.TensorType?.Shape;
            var known = new TensorShapeProto();
            known.Dim.Add(shape?.Dim.FirstOrDefault()?.Clone() ?? new TensorShapeProto.Types.Dimension { DimParam = OnnxGraphBuilder.BatchDimension });
            known.Dim.AddRange(output.Shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
            var type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)OnnxElementType.Float32, Shape = known } };
            model.Graph.Output.Add(new ValueInfoProto { Name = output.Tensor, Type = type });
        }

        return model.ToByteArray();
    }

    /// <summary>Makes weights of types that ML.NET does not know, such as half precision, constants inside the graph, where it does not look.</summary>
    private static void HideFromStock(GraphProto graph)
    {
        ILookup<bool, TensorProto> unknown = graph.Initializer.ToLookup(tensor =>
            tensor.DataType == (int)TensorProto.Types.DataType.Float16 || tensor.DataType > UInt64);
        if (!unknown[true].Any())
        {
            return;
        }

        NodeProto[] nodes =
        [
            .. unknown[true].Select(tensor => new NodeProto
            {
                Name = $"{tensor.Name}.constant",
                OpType = "Constant",
                Output = { tensor.Name },
                Attribute = { new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = tensor } },
            }),
            .. graph.Node,
        ];
        TensorProto[] known = [.. unknown[false]];
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        graph.Initializer.Clear();
        graph.Initializer.AddRange(known);
    }

    private static byte[] Rename(byte[] graph, OnnxStep step, OnnxColumn[] inputs, string[] outputNames)
    {
        // One input and one output a time; an end that was renamed already keeps its new name.
        for (int i = 0; i < Math.Max(inputs.Length, outputNames.Length); i++)
        {
            int input = Math.Min(i, inputs.Length - 1);
            int output = Math.Min(i, outputNames.Length - 1);
            graph = OnnxModelFile.Rename(
                graph,
                input == i ? inputs[input].Tensor : inputs[input].Name,
                inputs[input].Name,
                output == i ? step.Outputs[output].Tensor : outputNames[output],
                outputNames[output]);
        }

        return graph;
    }

    private static TransformerChain<ITransformer> Chain(
        MLContext ml, OnnxStep step, OnnxColumn? image, OnnxColumn[] inputs, string[] outputNames, string file)
    {
        IDataView view = EmptyRows.Create(ml, step.Inputs);
        var parts = new List<ITransformer>();
        var temporary = new List<string>();

        void Add(IEstimator<ITransformer> estimator)
        {
            ITransformer part = estimator.Fit(view);
            parts.Add(part);
            view = part.Transform(view);
        }

        if (image?.Image is ImageInput size)
        {
            string resized = $"{image.Name}.resized";
            string planes = $"{image.Name}.planes";
            string source = image.Name;
            if (image.Paths is { } paths)
            {
                source = $"{image.Name}.image";
                Add(ml.Transforms.LoadImages(source, paths.Folder ?? string.Empty, image.Name));
                temporary.Add(source);
            }

            Add(ml.Transforms.ResizeImages(resized, size.Width, size.Height, source, ImageResizingEstimator.ResizingKind.Fill));
            Add(ml.Transforms.ExtractPixels(planes, resized));
            temporary.AddRange(resized, planes);
        }

        var shapes = inputs.ToDictionary(input => input.Name, input => (int[])[1, .. input.Shape]);
        for (int i = 0; i < outputNames.Length; i++)
        {
            shapes[outputNames[i]] = [1, .. step.Outputs[i].Shape];
        }

        Add(ml.Transforms.ApplyOnnxModel(outputNames, [.. inputs.Select(input => input.Name)], file, shapes, null, false, 100));
        for (int i = 0; i < outputNames.Length; i++)
        {
            if (outputNames[i] != step.Outputs[i].Name)
            {
                Add(ml.Transforms.CopyColumns(step.Outputs[i].Name, outputNames[i]));
                temporary.Add(outputNames[i]);
            }
        }

        if (temporary.Count > 0)
        {
            Add(ml.Transforms.DropColumns([.. temporary]));
        }

        return new TransformerChain<ITransformer>([.. parts]);
    }

    private static StockOnnxStep? Read(MLContext ml, OnnxTransformer transformer)
    {
        // The only public way to the graph of a loaded step: save the step alone and look into the zip.
        using var buffer = new MemoryStream();
        ml.Model.Save(transformer, null, buffer);
        using var zip = new ZipArchive(buffer, ZipArchiveMode.Read);
        ZipArchiveEntry? entry = zip.Entries.FirstOrDefault(found => found.FullName.EndsWith("OnnxModel", StringComparison.Ordinal));
        if (entry is null)
        {
            return null;
        }

        using var reader = new BinaryReader(entry.Open());
        byte[] graph = reader.ReadBytes(reader.ReadInt32());
        IReadOnlyDictionary<string, string> metadata = OnnxModelFile.ReadMetadata(graph);
        return metadata.TryGetValue(InputsKey, out string? inputs) && metadata.TryGetValue(OutputsKey, out string? outputs)
            ? new StockOnnxStep(graph, inputs.Split('\n'), outputs.Split('\n'), metadata.GetValueOrDefault(ImageKey), PathsOf(metadata))
            : null;
    }

    private static ImagePaths? PathsOf(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(FolderKey, out string? folder))
        {
            return null;
        }

        string? orientation = metadata.GetValueOrDefault(OrientationKey);
        string? pixels = metadata.GetValueOrDefault(PixelsKey);
        return orientation is "true" or "false" && long.TryParse(pixels, NumberStyles.None, CultureInfo.InvariantCulture, out long most) && most >= 1
            ? new ImagePaths(folder.Length == 0 ? null : folder, new ImageFileOptions { HonorOrientation = orientation is "true", MaximumPixels = most })
            : throw new InvalidDataException(
                $"The saved step has '{orientation}' under {OrientationKey} and '{pixels}' under {PixelsKey} in its metadata, but must have true or false, and a number of at least 1.");
    }
}
