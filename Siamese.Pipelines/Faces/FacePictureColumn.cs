using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>A column of pictures: images, or the paths of their files.</summary>
internal sealed class FacePictureColumn(string name, FaceOptions options)
{
    public string Name => name;

    public void Check(DataViewSchema schema)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(name)
            ?? throw ColumnErrors.NotFound(name, schema.Select(found => found.Name), VectorColumns.Remedy, "inputSchema");
        CheckType(column.Type, column.Type);
    }

    public void Check(SchemaShape schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        SchemaShape.Column[] found = [.. schema.Where(column => column.Name == name)];
        if (found.Length == 0)
        {
            throw ColumnErrors.NotFound(name, schema.Select(column => column.Name), VectorColumns.Remedy, "inputSchema");
        }

        CheckType(found[0].ItemType, found[0].Kind == SchemaShape.Column.VectorKind.Scalar ? found[0].ItemType : "vectors");
    }

    /// <summary>Prepares to read the column: what it gives reads the current row, and gives what loads its picture, on any thread.</summary>
    /// <param name="row">Has the column, active.</param>
    /// <param name="warn">Takes what is wrong with a picture that is marked.</param>
    /// <returns>The picture, null where it is missing or cannot be read, and what to call it in messages.</returns>
    public Func<Func<(FacePicture? Picture, string Source)>> Prepare(DataViewRow row, Action<string> warn)
    {
        DataViewSchema.Column column = row.Schema[name];
        return column.Type is ImageDataViewType ? PrepareImages(row, column, warn) : PreparePaths(row, column, warn);
    }

    private Func<Func<(FacePicture?, string)>> PrepareImages(DataViewRow row, DataViewSchema.Column column, Action<string> warn)
    {
        ValueGetter<MLImage> getter = row.GetGetter<MLImage>(column);

        // LoadImages disposes what it finds here before it loads the next; an image that came from memory stays its owner's.
        MLImage? image = null;
        return () =>
        {
            getter(ref image!);
            string source = $"The image in column '{name}' of row {row.Position}";
            FacePicture? picture = image is null ? null : FacePicture.Read(image);
            return () =>
            {
                if (picture is null)
                {
                    Bad($"{source} is missing.", null, warn);
                }

                return (picture, source);
            };
        };
    }

    private Func<Func<(FacePicture?, string)>> PreparePaths(DataViewRow row, DataViewSchema.Column column, Action<string> warn)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            getter(ref text);
            string path = text.ToString();
            long position = row.Position;
            return () => (Load(path, position, warn), $"'{path}'");
        };
    }

    private FacePicture? Load(string path, long position, Action<string> warn)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            Bad($"Column '{name}' has no path in row {position}.", null, warn);
            return null;
        }

        try
        {
            using MLImage image = ImageFile.Read(path, options.File);
            return FacePicture.Read(image);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            Bad(exception.Message, exception, warn);
            return null;
        }
    }

    private void Bad(string message, Exception? cause, Action<string> warn)
    {
        if (options.BadImage == BadImagePolicy.Throw)
        {
            throw new InvalidOperationException(
                $"{message} Take the row out, or set {nameof(FaceOptions)}.{nameof(FaceOptions.BadImage)} to {nameof(BadImagePolicy.Mark)}.", cause);
        }

        warn(message);
    }

    private void CheckType(DataViewType item, object found)
    {
        if (!(item is ImageDataViewType or TextDataViewType) || found is string or VectorDataViewType)
        {
            throw new ArgumentException(
                $"Column '{name}' holds {found}, but faces are found in images, or in files whose paths it holds as text.", "inputSchema");
        }
    }
}
