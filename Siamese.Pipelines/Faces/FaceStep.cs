using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Siamese.Pipelines.Faces;

/// <summary>What one transformer of faces does with a row.</summary>
internal abstract class FaceStep(MLContext ml, FacePictureColumn pictures, FaceOptions options) : IDisposable
{
    public FaceOptions Options => options;

    /// <summary>Gets the columns to add.</summary>
    public abstract (string Name, DataViewType Type)[] Outputs { get; }

    /// <summary>Gets the columns to read.</summary>
    public virtual string[] Inputs => [pictures.Name];

    protected FacePictureColumn Pictures => pictures;

    /// <summary>Refuses rows that lack an input column or have another type there.</summary>
    public virtual void Check(DataViewSchema schema) => pictures.Check(schema);

    /// <inheritdoc cref="Check(DataViewSchema)"/>
    public virtual void Check(SchemaShape schema) => pictures.Check(schema);

    /// <summary>
    /// Prepares to read rows. What it gives reads the current row, on the cursor's thread, and gives the work on it, which any thread may
    /// do: for each of <see cref="Outputs"/> a <see cref="float"/> array, or a <see cref="FacePicture"/> or null.
    /// </summary>
    public abstract Func<Func<object?[]>> Prepare(DataViewRow row);

    public virtual void Dispose()
    {
    }

    protected void Warn(string message)
    {
        using IChannel channel = ((IHostEnvironment)ml).Start("Faces");
        channel.Warning(MessageSensitivity.UserData, message.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
    }
}
