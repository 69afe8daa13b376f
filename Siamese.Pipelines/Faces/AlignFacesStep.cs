using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Siamese.Pipelines.Faces;

/// <summary>Adds the chip of the first face of a picture.</summary>
internal sealed class AlignFacesStep(MLContext ml, FaceTemplate template, FacePictureColumn pictures, string landmarks, string output, FaceOptions options)
    : FaceStep(ml, pictures, options)
{
    private const string Remedy = "Let DetectFaces add it, or name the column with landmarksColumnName.";
    private const int Values = 2 * FaceLandmarks.Count;

    private readonly FaceAligner _aligner = new(template);

    public override (string Name, DataViewType Type)[] Outputs => [(output, new ImageDataViewType(template.Height, template.Width))];

    public override string[] Inputs => [Pictures.Name, landmarks];

    public override void Check(DataViewSchema schema)
    {
        base.Check(schema);
        DataViewSchema.Column column = schema.GetColumnOrNull(landmarks)
            ?? throw ColumnErrors.NotFound(landmarks, schema.Select(found => found.Name), Remedy, "inputSchema");
        if (column.Type is not VectorDataViewType vector || vector.ItemType != NumberDataViewType.Single)
        {
            throw new ArgumentException($"Column '{landmarks}' holds {column.Type}, but landmarks are vectors of Single. {Remedy}", "inputSchema");
        }
    }

    public override void Check(SchemaShape schema)
    {
        base.Check(schema);
        if (schema.All(column => column.Name != landmarks))
        {
            throw ColumnErrors.NotFound(landmarks, schema.Select(found => found.Name), Remedy, "inputSchema");
        }
    }

    public override Func<Func<object?[]>> Prepare(DataViewRow row)
    {
        Func<Func<(FacePicture? Picture, string Source)>> read = Pictures.Prepare(row, Warn);
        ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(row.Schema[landmarks]);
        VBuffer<float> vector = default;
        return () =>
        {
            getter(ref vector);
            float[] points = [.. vector.DenseValues()];
            Func<(FacePicture? Picture, string Source)> load = read();
            return () =>
            {
                (FacePicture? picture, string source) = load();
                return [picture is null ? null : Align(picture, points, source)];
            };
        };
    }

    private FacePicture? Align(FacePicture picture, float[] points, string source)
    {
        if (points.Length % Values != 0)
        {
            throw new InvalidOperationException(
                $"{source} has {points.Length} numbers in column '{landmarks}', but the landmarks of a face are {Values}: x and y of {FaceLandmarks.Count} points.");
        }

        if (points.Length > 0)
        {
            return _aligner.AlignPixels(picture, FaceLandmarks.From(points.AsSpan(0, Values)));
        }

        return Options.NoFace switch
        {
            NoFacePolicy.WholeImage => _aligner.WholePixels(picture),
            NoFacePolicy.Throw => throw FaceErrors.NoFace(source),
            _ => null,
        };
    }
}
