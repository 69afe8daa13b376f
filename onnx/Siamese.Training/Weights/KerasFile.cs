using PureHDF;
using PureHDF.VOL.Native;

namespace Siamese.Training.Weights;

/// <summary>Reads weight files of Keras (HDF5): those of <c>save_weights</c>, and whole models, which nest them.</summary>
internal sealed class KerasFile : IDisposable
{
    private const string LayerNames = "layer_names";
    private const string WeightNames = "weight_names";
    private const string NestedWeights = "model_weights";

    private readonly NativeFile _file;

    private KerasFile(string path, NativeFile file)
    {
        Path = path;
        _file = file;
        Layers = Guarded(() => ReadLayers(file));
    }

    public string Path { get; }

    /// <summary>Gets the layers that have weights, in the network's order.</summary>
    public IReadOnlyList<KerasLayer> Layers { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no weight file of Keras, or cut short.</exception>
    public static KerasFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no weight file '{path}'.", path);
        }

        NativeFile file = Guarded(path, () => H5File.OpenRead(path));
        try
        {
            return new KerasFile(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads from the file, whose library throws all kinds of exceptions where it is damaged.</summary>
    public T Guarded<T>(Func<T> read) => Guarded(Path, read);

    public void Dispose() => _file.Dispose();

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is not (InvalidDataException or OutOfMemoryException or OperationCanceledException))
        {
            throw new InvalidDataException($"'{path}' is no HDF5 file, such as Keras writes, or was cut short or damaged.", exception);
        }
    }

    private List<KerasLayer> ReadLayers(NativeFile root)
    {
        IH5Group weights = !root.AttributeExists(LayerNames) && root.LinkExists(NestedWeights) ? root.Group(NestedWeights) : root;
        if (!weights.AttributeExists(LayerNames))
        {
            throw new InvalidDataException(
                $"'{Path}' is an HDF5 file, but no weight file of Keras: it has no '{LayerNames}', but "
                + $"{string.Join(", ", root.Children().Select(child => $"'{child.Name}'"))}. Save the weights with save_weights of Keras 2.");
        }

        List<KerasLayer> layers = [];
        foreach (string name in weights.Attribute(LayerNames).Read<string[]>())
        {
            IH5Group group = weights.Group(name);
            string[] names = TextsOf(group.Attribute(WeightNames));
            if (names.Length == 0)
            {
                continue;
            }

            IH5Dataset[] values = [.. names.Select(group.Dataset)];
            if (values is not [IH5Dataset kernel, IH5Dataset bias])
            {
                throw new InvalidDataException(
                    $"'{Path}': layer '{name}' has {values.Length} weights ({string.Join(", ", names)}), but a layer of VGG-16 has a kernel and a bias.");
            }

            layers.Add(new KerasLayer(name, kernel, bias));
        }

        return layers;
    }

    // A layer without weights has an empty list, which h5py writes as one of numbers.
    private static string[] TextsOf(IH5Attribute attribute) =>
        attribute.Type.Class is H5DataTypeClass.String or H5DataTypeClass.VariableLength ? attribute.Read<string[]>() : [];
}
