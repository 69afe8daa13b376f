using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Onnx;

/// <summary>Keeps the values of one column for a block of rows, since a cursor that reads ahead must hand out what it has passed.</summary>
internal abstract class ColumnBuffer
{
    /// <summary>Makes room for more rows.</summary>
    public abstract void Grow(int capacity);

    /// <summary>Keeps the value of the row that the cursor is at.</summary>
    public abstract void Keep(int slot);

    /// <summary>Makes a getter (a <see cref="ValueGetter{TValue}"/>) of the kept value at the slot that is current when it is called.</summary>
    public abstract Delegate Getter(Func<int> slot);

    /// <summary>Frees what the kept values own.</summary>
    public virtual void Release()
    {
    }

    public static ColumnBuffer Create(DataViewRow row, DataViewSchema.Column column)
    {
        Type raw = column.Type.RawType;
        if (raw == typeof(MLImage))
        {
            return new Images(row.GetGetter<MLImage>(column));
        }

        Type buffer = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>)
            ? typeof(Vectors<>).MakeGenericType(raw.GetGenericArguments()[0])
            : typeof(Values<>).MakeGenericType(raw);
        return (ColumnBuffer)Activator.CreateInstance(
            buffer, BindingFlags.Instance | BindingFlags.Public, null, [row, column], null)!;
    }

    private sealed class Values<T>(DataViewRow row, DataViewSchema.Column column) : ColumnBuffer
    {
        private readonly ValueGetter<T> _getter = row.GetGetter<T>(column);
        private T[] _values = [];

        public override void Grow(int capacity) => Array.Resize(ref _values, capacity);

        public override void Keep(int slot)
        {
            // A getter may write into the object that it finds, which an earlier row's reader may hold.
            _values[slot] = default!;
            _getter(ref _values[slot]);
        }

        public override Delegate Getter(Func<int> slot) => (ValueGetter<T>)((ref T value) => value = _values[slot()]);
    }

    private sealed class Vectors<T>(DataViewRow row, DataViewSchema.Column column) : ColumnBuffer
    {
        private readonly ValueGetter<VBuffer<T>> _getter = row.GetGetter<VBuffer<T>>(column);
        private VBuffer<T>[] _values = [];

        public override void Grow(int capacity) => Array.Resize(ref _values, capacity);

        public override void Keep(int slot) => _getter(ref _values[slot]);

        public override Delegate Getter(Func<int> slot) =>
            (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[slot()].CopyTo(ref value));
    }

    /// <summary>Images own native memory: the buffer keeps copies that it disposes, and whoever reads one gets a copy to own.</summary>
    private sealed class Images(ValueGetter<MLImage> getter) : ColumnBuffer
    {
        private MLImage?[] _images = [];
        private MLImage? _current;

        public override void Grow(int capacity) => Array.Resize(ref _images, capacity);

        public override void Keep(int slot)
        {
            getter(ref _current!);
            _images[slot]?.Dispose();
            _images[slot] = Copy(_current);
        }

        public override Delegate Getter(Func<int> slot) => (ValueGetter<MLImage>)((ref MLImage image) =>
        {
            image?.Dispose();
            image = Copy(_images[slot()])!;
        });

        public override void Release() => Array.ForEach(_images, image => image?.Dispose());

        private static MLImage? Copy(MLImage? image)
        {
            if (image is null)
            {
                return null;
            }

            MLImage copy = MLImage.CreateFromPixels(image.Width, image.Height, image.PixelFormat, image.Pixels);
            copy.Tag = image.Tag;
            return copy;
        }
    }
}
